// Talks to the browser's authenticator: the server says what is to be signed and checks what was.
const usable = typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

const post = async (path, csrf, body) => {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf': csrf }, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`asking for '${path}': ${answer.status}`)
  return answer.json()
}

const ceremonies = {
  'sign-in': (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  create: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
}

for (const place of usable ? document.querySelectorAll('[data-passkey]') : []) {
  const { passkey, path, csrf } = place.dataset
  const button = place.querySelector('button')
  const alert = place.querySelector('[role=alert]')
  place.hidden = false
  const run = async () => {
    const credential = await ceremonies[passkey](await post(`${path}/options`, csrf, {}))
    const { location } = await post(path, csrf, { response: credential.toJSON() })
    window.location.assign(location)
  }
  button.addEventListener('click', () => {
    alert.hidden = true
    button.disabled = true
    run().catch(() => {
      alert.hidden = false
      button.disabled = false
    })
  })
}
