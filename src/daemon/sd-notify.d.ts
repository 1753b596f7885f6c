/** The part of sd-notify that is safe to use: its other functions take a printf format or own a timer. */

declare module 'sd-notify' {
  const notify: {
    /** sd_notify(3). A failure to send is not reported. */
    sendState(state: string): void;
  };
  export default notify;
}
