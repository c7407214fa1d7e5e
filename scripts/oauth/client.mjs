// A client that is not ours, oauth4webapi, logs in with the book's provider, and
// is refused where it must be.
//
//   node client.mjs http://localhost:8000/provider http://127.0.0.1:8000/callback

import * as oauth from '../../target/npm/oauth4webapi-3.8.8/build/index.js'

const [provider, callback] = process.argv.slice(2)
const issuer = new URL(provider)
const here = { [oauth.allowInsecureRequests]: true }
const client = { client_id: 'notebook' }
const known = oauth.ClientSecretBasic("the notebook's secret")

/** Says that it holds, or ends here. */
function holds(name, truth) {
    if (!truth) {
        console.error(`failed: ${name}`)
        process.exit(1)
    }
    console.log(`ok: ${name}`)
}

/** The error that the provider answered with: its name, or its status. */
async function errorOf(promise) {
    try {
        await promise
        return 'none'
    } catch (error) {
        return error.error ?? error.status ?? error.message
    }
}

const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...here })
const server = await oauth.processDiscoveryResponse(issuer, found)
holds('the client finds the endpoints by itself', server.token_endpoint === `${provider}/token`)

/** Logs in, and gives what the browser brings back. */
async function logIn() {
    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const url = new URL(server.authorization_endpoint)
    url.search = new URLSearchParams({
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: callback,
        scope: 'user-read-private',
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
    }).toString()
    const form = new URLSearchParams({ user: 'ada', password: 'correct horse', decision: 'allow' })
    const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' })
    const back = new URL(answer.headers.get('location') ?? '')
    // Compares the state, and who answers (RFC 9207).
    return { answer: oauth.validateAuthResponse(server, client, back, state), verifier }
}

/** Changes the code for tokens. */
async function change(answer, verifier, secret = known) {
    const asked = await oauth.authorizationCodeGrantRequest(server, client, secret, answer, callback, verifier, here)
    return oauth.processAuthorizationCodeResponse(server, client, asked)
}

/** Whose token it is, or the status that refuses it. */
async function whose(token) {
    const api = new URL(`${provider}/v1/me`)
    try {
        const answer = await oauth.protectedResourceRequest(token, 'GET', api, undefined, undefined, here)
        return answer.ok ? (await answer.json()).display_name : answer.status
    } catch (error) {
        return error.status ?? error.message
    }
}

const { answer, verifier } = await logIn()
const tokens = await change(answer, verifier)
holds('the code is changed for tokens', tokens.token_type === 'bearer' && tokens.expires_in === 3600)
holds('the token opens the account', (await whose(tokens.access_token)) === 'Ada')

const refresh = await oauth.refreshTokenGrantRequest(server, client, known, tokens.refresh_token, here)
const fresh = await oauth.processRefreshTokenResponse(server, client, refresh)
holds('a refresh gives a new access token', fresh.access_token !== tokens.access_token)
holds('and no new refresh token', fresh.refresh_token === undefined)
holds('which opens the account', (await whose(fresh.access_token)) === 'Ada')

holds('the code a second time is refused', (await errorOf(change(answer, verifier))) === 'invalid_grant')
holds('and ends what it gave', (await whose(fresh.access_token)) === 401)

const second = await logIn()
const other = oauth.generateRandomCodeVerifier()
holds('another verifier is refused', (await errorOf(change(second.answer, other))) === 'invalid_grant')

const third = await logIn()
const wrong = oauth.ClientSecretBasic('another secret')
holds('another secret is refused', (await errorOf(change(third.answer, third.verifier, wrong))) === 401)
