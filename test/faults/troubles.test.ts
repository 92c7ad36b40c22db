import { TROUBLES } from './scenarios.ts';
import { testScenarios } from './suite.ts';

testScenarios(TROUBLES);
