// Prints a report's scores, and what cost points; exits with 1 where a score is under its
// least, or where a part of the performance that is counted and not timed is not whole.
import { readFileSync } from 'node:fs';

const COUNTED = [
  'bf-cache',
  'cumulative-layout-shift',
  'font-display',
  'no-document-write',
  'redirects',
  'total-byte-weight',
  'uses-long-cache-ttl',
  'uses-text-compression',
];

const [file, page, ...least] = process.argv.slice(2);
const { categories, audits } = JSON.parse(readFileSync(file, 'utf8'));
const all = Object.values(categories);
const scores = all.map(({ score }) => Math.round(score * 100));
console.log(page.padEnd(20), scores.join(' '));
const low = all.filter((_, index) => scores[index] < Number(least[index]));
for (const { title, auditRefs } of low) {
  for (const { id, weight } of auditRefs) {
    const { score, title: what, displayValue = '' } = audits[id];
    if (weight > 0 && score !== null && score < 1) console.log(`  ${title}: ${what} ${displayValue}`);
  }
}
const broken = COUNTED.map(id => audits[id]).filter(({ score }) => score !== 1);
for (const { title, displayValue = '' } of broken) console.log(`  Performance: ${title} ${displayValue}`);
process.exit(low.length + broken.length === 0 ? 0 : 1);
