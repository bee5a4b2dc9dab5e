// Takes over the contract of a running `kulprit` (its /openapi.json), or with --check says whether the committed one is the same.
//   npm run openapi -- http://127.0.0.1:8080 [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const file = path.join(path.dirname(new URL(import.meta.url).pathname), '../openapi.json');
const words = process.argv.slice(2);
const base = words.find((word) => !word.startsWith('--'));
if (!base) {
  console.error('say where kulprit answers, such as http://127.0.0.1:8080');
  process.exit(2);
}
const answer = await fetch(`${base.replace(/\/$/, '')}/openapi.json`);
if (!answer.ok) {
  throw new Error(`${answer.url} answered ${answer.status}`);
}
// In one order of keys, so that a change shows as what it is.
const ordered = (value) =>
  Array.isArray(value)
    ? value.map(ordered)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, ordered(value[key])]))
      : value;
const contract = ordered(await answer.json());
if (words.includes('--check')) {
  if (!isDeepStrictEqual(JSON.parse(readFileSync(file, 'utf8')), contract)) {
    console.error('openapi.json is not what kulprit answers: run npm run openapi');
    process.exit(1);
  }
} else {
  writeFileSync(file, `${JSON.stringify(contract, null, 1)}\n`);
}
