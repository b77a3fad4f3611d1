// What Knock's client expects of a browser and Node 20 lacks. To be imported before it.
import WebSocket from 'ws';

globalThis.WebSocket ??= WebSocket;
globalThis.window ??= globalThis;
