// Holds the three built plugin.json against Grafana's published schema, which is under Grafana's licence and so not kept here:
//   npm run schema -- plugin.schema.json       (docs/sources/developers/plugins/plugin.schema.json of grafana/grafana)
import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(path.dirname(new URL(import.meta.url).pathname), '..');
const [file] = process.argv.slice(2);
if (!file) {
  console.error('name a copy of plugin.schema.json');
  process.exit(2);
}
const read = (...parts) => JSON.parse(readFileSync(path.join(...parts), 'utf8'));
// Its formats (uri, email) are of fields that are not used here.
const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false }).compile({ ...read(file), $schema: undefined });
for (const folder of ['.', 'datasource', 'panel']) {
  if (validate(read(root, 'dist', folder, 'plugin.json'))) {
    console.log(`dist/${folder}/plugin.json is as the schema says`);
  } else {
    validate.errors.forEach(({ instancePath, message, params }) => console.error(`dist/${folder}/plugin.json ${instancePath} ${message} ${JSON.stringify(params)}`));
    process.exitCode = 1;
  }
}
