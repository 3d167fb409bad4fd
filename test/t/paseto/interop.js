// Tokens by the npm package paseto, an implementation of its own, for test/t/020_paseto.pl.
//
//   node interop.js sign ROUNDS        prints {token, key, payload, footer, assertion} a line
//   node interop.js verify KEY TOKEN FOOTER ASSERTION    prints the payload, or "refused"

const { V4 } = require('paseto')
const { createPublicKey, generateKeyPairSync } = require('crypto')

const raw = (key) => key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')

async function main (command, ...args) {
  if (command === 'sign') {
    for (let i = 0; i < Number(args[0]); i++) {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const payload = { sub: 'x'.repeat(i) + 'ü', purpose: 'marketing', aud: 'postgres', exp: '2999-01-01T00:00:00.000Z' }
      const footer = i % 3 === 0 ? undefined : i % 3 === 1 ? { kid: `key ${i}` } : 'text'.repeat(i)
      const assertion = i % 2 === 0 ? undefined : 'of round ' + i
      const token = await V4.sign(payload, privateKey, { footer, assertion, iat: false })
      console.log(JSON.stringify({
        token,
        key: raw(publicKey),
        payload,
        footer: footer === undefined ? '' : typeof footer === 'string' ? footer : JSON.stringify(footer),
        assertion: assertion ?? ''
      }))
    }
  } else {
    const key = createPublicKey({
      format: 'der', type: 'spki', key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(args[0], 'hex')])
    })
    try {
      const { payload, footer } = await V4.verify(args[1], key, { complete: true, assertion: args[3] })
      console.log(JSON.stringify({ payload, footer: footer ? footer.toString() : '' }))
    } catch (e) {
      console.log('refused')
    }
  }
}

main(...process.argv.slice(2))
