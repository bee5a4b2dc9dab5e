export const APP = 'kulprit-reliability-app';
export const ROOT = `/a/${APP}`;
