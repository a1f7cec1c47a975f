/* Other majors of packages, installed under other names. */
declare module 'express4' {
  export { default } from 'express';
}
declare module 'oidc-provider8' {
  export { default } from 'oidc-provider';
}
