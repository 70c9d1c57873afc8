import type { Workbench } from './workbench';

/** Opens a folder of the workspace from the explorer's context menu, and waits for the Databases view. */
export async function openFromExplorer(workbench: Workbench, name: string): Promise<void> {
  // Menus have the extension's entries once its view is there.
  await workbench.page.locator('.activitybar').getByRole('tab', { name: 'LSM' }).waitFor();
  await workbench.openView('Explorer');
  // The view comes forward by itself; until then the explorer's row has the same name.
  const view = workbench.page.locator('.sidebar .title-label', { hasText: 'LSM' });
  const row = workbench.treeItems(name).first();
  await workbench.chooseFromMenu(row, 'Open Folder as LSM Database', () => view.isVisible());
  await view.waitFor();
}
