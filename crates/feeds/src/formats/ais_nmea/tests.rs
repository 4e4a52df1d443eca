use crate::contract_tests::contract;
contract!("ais_nmea");
