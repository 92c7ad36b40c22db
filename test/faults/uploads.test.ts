import { UPLOADS } from './scenarios.ts';
import { testScenarios } from './suite.ts';

testScenarios(UPLOADS);
