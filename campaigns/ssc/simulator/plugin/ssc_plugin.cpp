extern "C" unsigned tranche_abi(void){return 1;}
