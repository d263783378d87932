import { testKills } from './killing.js';

testKills('embedded', 1);
