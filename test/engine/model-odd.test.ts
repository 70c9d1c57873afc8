import { testSeeds } from './model-seeds';

testSeeds(1, 2);
