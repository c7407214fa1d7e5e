// How many times slower the processor of the phone is than the one that made a report, so
// that it is the same phone on every machine. Chrome's own presets are 264, a Moto G Power
// of 2022, and 1000, a Pixel 5 (`CalibrationController.ts` of its developer tools); this one
// is between them, and what Lighthouse's own fourth makes of a machine that reaches 2000.
import { readFileSync } from 'node:fs';

const PHONE = 500;
const [report, before] = process.argv.slice(2);
const { environment } = JSON.parse(readFileSync(report, 'utf8'));
const measured = Math.min(4, Math.max(1, environment.benchmarkIndex / PHONE));
// As it was measured, for the next page; and for the next try of this one, which is no
// harder than the last: a machine that was busy a moment ago may be so again.
console.log(measured.toFixed(1), Math.min(Number(before), measured).toFixed(1));
