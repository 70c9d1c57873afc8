// The controls of every view. The toolkit is no longer developed: nothing else imports it, so that it can be
// replaced here. Only components that work under the page's policy are registered (badge and progress ring bind
// `style` attributes and do not).
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeLink,
  vsCodeOption,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeLink(),
  vsCodeOption(),
  vsCodeTextField(),
);

/** What the views read of a text field or dropdown. */
export interface ValueControl extends HTMLElement {
  value: string;
}

/** What the views read of a checkbox. */
export interface CheckedControl extends HTMLElement {
  checked: boolean;
}
