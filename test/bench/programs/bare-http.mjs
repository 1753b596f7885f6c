/** The floor for REST: node:http that answers each request with the bytes in the file it is given. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [file, socket] = process.argv.slice(2);
const body = readFileSync(file);
const answer = (_request, response) => {
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
};
createServer(answer).listen(socket, () => {
  const tcp = createServer(answer).listen(0, '127.0.0.1', () => console.log(`port ${tcp.address().port}`));
});
