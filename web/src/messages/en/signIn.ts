export default {
  title: 'Sign in',
  lead: 'Press the button to sign in to your account.',
  signIn: 'Sign in',
  used: 'This link was used already, or its fifteen minutes are over. Ask for a new one.',
  noAnswer: 'The service did not answer. Try again.',
  newLink: 'Ask for a new link',
} as const;
