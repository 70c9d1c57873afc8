import { css } from 'lit';

export const sectionStyles = css``;
