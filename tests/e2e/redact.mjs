// redact.mjs FILE FORBIDDEN: what of the lines of FORBIDDEN a report says, a line each, with its packed rows and
// its escapes undone. Without FORBIDDEN: prints the report that way.
import {readFileSync} from 'node:fs';
import {unzipSync} from 'node:zlib';

const [file, forbidden] = process.argv.slice(2);
// On standard output: a report that is not there must not look like one that says nothing.
process.on('uncaughtException', (error) => {
  console.log(error.message);
  process.exit(1);
});
let text = readFileSync(file, 'utf8');
let packed = 0;
for (const [, data] of text.matchAll(/<script type="application\/json" data-packed="[^"]*"[^>]*>([A-Za-z0-9+/=\s]+)<\/script>/g)) {
  text += '\n' + unzipSync(Buffer.from(data, 'base64')).toString('utf8');
  packed++;
}
if (file.endsWith('.html') && packed === 0) {
  console.log('no packed rows');
  process.exit(1);
}
const entities = {amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'"};
const plain = text.replace(/&(amp|lt|gt|quot|#39|apos);/g, (all, name) => entities[name]).replace(/\\u([0-9a-fA-F]{4})/g, (all, hex) => String.fromCharCode(parseInt(hex, 16))).replace(/\\(["\\\/@#_*`<>\[\]()!.:-])/g, '$1');
const all = text + '\n' + plain;
if (!forbidden) {
  process.stdout.write(all);
} else {
  const lines = readFileSync(forbidden, 'utf8').split('\n').filter((line) => line !== '');
  const lower = all.toLowerCase();
  for (const line of lines) {
    if (line.includes('@') ? lower.includes(line.toLowerCase()) : all.includes(line)) console.log(line);
  }
}
