// The USB host's side of the image's serial port (CDC), without polling.
//
// The package's helper answers every read of the OUT endpoint at once, with nothing: that keeps the CPU
// in its interrupt handler for ever. Here a read waits until there is something to deliver.

export class UsbSerial {
  /**
   * `onData(bytes)` is called with what the device sends, `onEnabled()` when the image turns the
   * controller on; made anew at every reset.
   */
  constructor(lib, controller, waiting, onData, onEnabled) {
    this.controller = controller;
    this.waiting = waiting; // array of bytes for the device, kept across resets by the caller
    this.connected = false;
    this.readSize = 0;
    this.cdc = new lib.USBCDC(controller);
    this.cdc.onSerialData = onData;
    const enabled = controller.onUSBEnabled;
    controller.onUSBEnabled = () => {
      onEnabled();
      enabled();
    };
    this.cdc.onDeviceConnected = () => {
      this.connected = true;
    };
    controller.onEndpointRead = (endpoint, size) => {
      if (endpoint !== this.cdc.outEndpoint) return;
      this.readSize = size;
      this.deliver();
    };
  }

  /** Bytes from the host to the device. */
  send(bytes) {
    for (const byte of bytes) this.waiting.push(byte);
    this.deliver();
  }

  deliver() {
    if (!this.readSize || !this.waiting.length || !this.connected) return;
    const bytes = Uint8Array.from(this.waiting.splice(0, this.readSize));
    this.readSize = 0;
    this.controller.endpointReadDone(this.cdc.outEndpoint, bytes);
  }
}
