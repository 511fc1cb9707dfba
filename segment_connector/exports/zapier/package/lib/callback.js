'use strict';

const { createHmac, timingSafeEqual } = require('node:crypto');

const PREFIX = 'whsec_';

/**
 * Why a callback is not the service's own; undefined when it is. It is signed as Standard Webhooks says.
 *
 * @param {{headers: object, content: string}} request as it came
 * @param {string} secret that the subscription was told
 */
function verify(request, secret) {
  const header = (name) => {
    const found = Object.keys(request?.headers ?? {}).find((one) => one.toLowerCase().replace(/^http-/, '') === name);
    return found && String(request.headers[found]);
  };
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(header);
  if (!secret || !id || !timestamp || !signatures) return 'the item is not signed by the service';
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${request.content}`).digest();
  const isRight = signatures.split(' ').some((one) => {
    const given = Buffer.from(one.replace(/^v1,/, ''), 'base64');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
  return isRight ? undefined : 'the signature of the item is wrong';
}

module.exports = { verify };
