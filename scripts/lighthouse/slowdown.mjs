// How many times slower the processor of the phone is than the one that made a report, so
// that it is the same phone on every machine. Chrome's own presets are 264, a Moto G Power
// of 2022, and 1000, a Pixel 5 (`CalibrationController.ts` of its developer tools); this one
// is between them, and what Lighthouse's own fourth makes of a machine that reaches 2000.
import { readFileSync } from 'node:fs';

const PHONE = 500;
const [report, before] = process.argv.slice(2);
const { environment } = JSON.parse(readFileSync(report, 'utf8'));
// A machine that was busy a moment ago may be so again: no try is harder than the last.
console.log(Math.min(Number(before), Math.max(1, environment.benchmarkIndex / PHONE)).toFixed(1));
