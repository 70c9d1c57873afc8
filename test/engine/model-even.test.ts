import { testSeeds } from './model-seeds';

testSeeds(0, 2);
