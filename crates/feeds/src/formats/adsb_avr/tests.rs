use crate::contract_tests::contract;

contract!("adsb_avr");
