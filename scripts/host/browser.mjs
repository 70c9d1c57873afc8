import { chromium } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, findChromium } from './chromium.mjs';

/**
 * A browser without a window and with an empty profile.
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function launchBrowser() {
  const executablePath = findChromium();
  try {
    return await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  } catch (error) {
    throw new Error(`Step failed: starting ${executablePath}\n${/** @type {Error} */ (error).message}`);
  }
}
