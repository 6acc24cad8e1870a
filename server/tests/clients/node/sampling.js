// Sampling decisions of the X-Ray SDK: for each line "N" answers how many of N it takes.
// Run as `node sampling.js SERVICE`; its pollers run fifty times as fast as usual.
const usual = setInterval;
global.setInterval = (run, ms, ...rest) => usual(run, ms / 50, ...rest);

const readline = require('readline');
require('aws-xray-sdk');
const sampler = require('aws-xray-sdk-core/dist/lib/middleware/sampling/default_sampler');

let seed = 1;
Math.random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};

const request = { serviceName: process.argv[2], host: 'h', httpMethod: 'GET', urlPath: '/' };
sampler.start();

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  let taken = 0;
  for (let n = 0; n < Number(line); n += 1) {
    if (sampler.shouldSample({ ...request })) {
      taken += 1;
    }
  }
  console.log(taken);
});
