// The unmodified client of Supabase Auth against the own sign-in at the address that is given; ends with `done` when all is as it should be.
const assert = require('node:assert/strict')
const { AuthClient } = require('@supabase/auth-js')

const hub = process.argv[2]
const url = `${hub}/auth/v1`
const email = 'ada@example.com'
const password = 'correct horse battery'
const client = () => new AuthClient({ url, autoRefreshToken: false, storageKey: `hub-${Math.random()}` })

// The answer's data; fails on an error.
const good = ({ data, error }) => (assert.equal(error, null), data)
const refused = ({ error }, status, code) => assert.deepEqual([error?.status, error?.code], [status, code])

async function signsUp(auth) {
  let told
  auth.onAuthStateChange((event) => (told = event))
  const data = good(await auth.signUp({ email, password, options: { data: { name: 'Ada' } } }))
  assert.equal(data.user.email, email)
  assert.equal(data.user.user_metadata.name, 'Ada')
  assert.equal(data.user.identities.length, 1)
  assert.ok(data.session.access_token && data.session.refresh_token)
  assert.equal(told, 'SIGNED_IN')
  refused(await client().signUp({ email, password }), 422, 'user_already_exists')
  const weak = await client().signUp({ email: 'eve@example.com', password: 'short' })
  assert.equal(weak.error.name, 'AuthWeakPasswordError')
  assert.deepEqual(weak.error.reasons, ['length'])
}

// By a library that knows nothing of Supabase, and by the client's own.
async function verifies(auth) {
  const { createRemoteJWKSet, jwtVerify } = await import('jose')
  const token = good(await auth.getSession()).session.access_token
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`))
  const expected = { issuer: url, audience: 'authenticated', algorithms: ['ES256'], requiredClaims: ['exp', 'iat', 'session_id'] }
  const { payload } = await jwtVerify(token, keys, expected)
  assert.equal(payload.email, email)
  await assert.rejects(jwtVerify(token, keys, { ...expected, issuer: 'https://other.example' }))
  const claims = good(await auth.getClaims()).claims
  assert.deepEqual([claims.sub, claims.role, claims.aal], [payload.sub, 'authenticated', 'aal1'])
  assert.equal(good(await auth.getUser()).user.id, payload.sub)
  const level = good(await auth.mfa.getAuthenticatorAssuranceLevel())
  assert.equal(level.currentLevel, 'aal1')
}

async function signsIn() {
  const auth = client()
  refused(await auth.signInWithPassword({ email, password: 'not this one' }), 400, 'invalid_credentials')
  refused(await auth.signInWithPassword({ email: 'nobody@example.com', password }), 400, 'invalid_credentials')
  const data = good(await auth.signInWithPassword({ email, password }))
  assert.ok(data.session.expires_at > Date.now() / 1000)
  return auth
}

async function refreshes(auth) {
  const before = good(await auth.getSession()).session
  const after = good(await auth.refreshSession()).session
  assert.notEqual(before.refresh_token, after.refresh_token)
  assert.equal(good(await auth.getUser()).user.email, email)
}

async function detectsReuse() {
  const auth = await signsIn()
  const stolen = good(await auth.getSession()).session.refresh_token
  await refreshes(auth)
  await refreshes(auth)
  refused(await client().refreshSession({ refresh_token: stolen }), 400, 'refresh_token_already_used')
  const { data, error } = await auth.getUser()
  assert.deepEqual([data.user, error.name], [null, 'AuthSessionMissingError'])
}

async function changesPassword(auth) {
  const other = await signsIn()
  refused(await auth.updateUser({ password }), 422, 'same_password')
  const changed = good(await auth.updateUser({ password: 'a new password', data: { theme: 'dark' } }))
  assert.deepEqual(changed.user.user_metadata, { name: 'Ada', theme: 'dark' })
  assert.equal((await other.getUser()).error.name, 'AuthSessionMissingError')
  refused(await client().signInWithPassword({ email, password }), 400, 'invalid_credentials')
  good(await client().signInWithPassword({ email, password: 'a new password' }))
}

async function signsOut(auth) {
  const { access_token, refresh_token } = good(await auth.getSession()).session
  assert.equal((await auth.signOut()).error, null)
  assert.equal(good(await auth.getSession()).session, null)
  assert.equal((await client().getUser(access_token)).error.name, 'AuthSessionMissingError')
  refused(await client().refreshSession({ refresh_token }), 400, 'refresh_token_not_found')
}

async function all() {
  const auth = client()
  await signsUp(auth)
  await verifies(auth)
  await refreshes(auth)
  await detectsReuse()
  await changesPassword(auth)
  await signsOut(auth)
  console.log('done')
}

all().then(() => process.exit(0), (error) => (console.error(error), process.exit(1)))
