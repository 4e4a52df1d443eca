use crate::contract_tests::contract;
contract!("cot_xml");
