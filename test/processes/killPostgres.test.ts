import { testKills } from './killing.js';

testKills('postgres', 3);
