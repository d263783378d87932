export default {
  title: 'Your license key',
  lead: 'Your license from {shop} is ready. Press the button to see your key.',
  once: 'The key is shown here once. Later you can read it again in your account.',
  open: 'Show my key',
  used: 'This link was used already, or its seven days are over. Sign in with your e-mail address to see your key.',
  notReady:
    'The payment is not confirmed yet. Wait a few seconds, then press the button again. If you had a license before, your key is the same.',
  noAnswer: 'The service did not answer. Nothing is lost: try again.',
  signIn: 'Sign in with my e-mail address',
  yours: 'Your license has the {plan} plan. This is your key:',
  key: 'License key',
  keep: 'Keep it like a password: whoever has it uses up your quota.',
  tryIt: 'Try it now',
  account: 'To my account',
  docs: 'Read the quick start',
  orSend: 'Or send a first request from your own program:',
} as const;
