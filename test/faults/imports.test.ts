import { IMPORTS } from './scenarios.ts';
import { testScenarios } from './suite.ts';

testScenarios(IMPORTS);
