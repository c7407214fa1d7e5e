// Prints a report's scores, and what cost points; exits with 1 where one is under its
// least.
import { readFileSync } from 'node:fs';

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
process.exit(low.length === 0 ? 0 : 1);
