// An Express application traced by the X-Ray SDK; nothing in it knows Fluoro.
// Run as `node app.js`; prints its port.
const AWSXRay = require('aws-xray-sdk');
const express = require('express');
const http = require('http');

AWSXRay.captureHTTPsGlobal(http);
const app = express();
let port;

app.use(AWSXRay.express.openSegment('node shop'));

app.get('/order', (request, response, next) => {
  const segment = AWSXRay.getSegment();
  segment.setUser('bob');
  segment.addAnnotation('tier', 'silver');
  segment.addMetadata('cart', { apple: 2 });
  AWSXRay.captureAsyncFunc('render', (subsegment) => {
    http.get({ host: '127.0.0.1', port, path: '/stock?of=apples' }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        subsegment.close();
        response.json({ ok: true });
      });
    }).on('error', next);
  });
});

app.get('/stock', (request, response) => response.json({ apples: 7 }));

app.get('/fail', () => {
  throw new Error('out of apples');
});

app.use(AWSXRay.express.closeSegment());
app.use((error, request, response, next) => response.status(500).json({}));

const server = app.listen(0, '127.0.0.1', () => {
  port = server.address().port;
  console.log(port);
});
