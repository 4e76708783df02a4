const form = document.querySelector('form');
const flaw = document.querySelector('#passkey-flaw');

form.addEventListener('submit', async (event) => {
  if (event.submitter?.value === 'decline' || form.elements.passkey.value) return;
  event.preventDefault();
  const { use, options } = form.dataset;
  try {
    const parsed = JSON.parse(options);
    const credential = use === 'create'
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(parsed),
        })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(parsed),
        });
    form.elements.passkey.value = JSON.stringify(credential.toJSON());
    form.requestSubmit(event.submitter);
  } catch (problem) {
    flaw.textContent = `The passkey was not used (${problem.name}). Nothing was done.`;
  }
});
