// SPDX-License-Identifier: Apache-2.0
// What the controller needs of a board. Each board implements these in its own folder; tests
// implement them in memory. Nothing here blocks for longer than it says, and nothing allocates.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/abi/mailbox.h"

namespace switchyard::firmware {

namespace mailbox = abi::mailbox;

/// A UART.
class SerialPort {
  public:
    /// Takes up to `size` received bytes, without waiting; returns how many.
    virtual size_t read(uint8_t* bytes, size_t size) = 0;
    /// Sends all bytes, waiting for room; gives up on a line that takes none for longer than a
    /// board's limit, as the peer asks again for what it missed.
    virtual void write(const uint8_t* bytes, size_t size) = 0;

  protected:
    ~SerialPort() = default;
};

/// NOR flash: erasing sets a sector's bits, programming clears bits. Offsets count from the start
/// of the controller's own flash. A false return leaves what was written undefined.
class Flash {
  public:
    [[nodiscard]] virtual bool read(uint32_t offset, void* to, uint32_t bytes) = 0;
    /// The sector that begins at `offset`. May take a second on a real device.
    [[nodiscard]] virtual bool erase_sector(uint32_t offset) = 0;
    /// `offset` and `bytes` are multiples of 4. The caller reads back what it must rely on.
    [[nodiscard]] virtual bool program(uint32_t offset, const void* from, uint32_t bytes) = 0;

  protected:
    ~Flash() = default;
};

/// Where things are in the flash. All are multiples of `sector_bytes`.
struct FlashLayout {
    uint32_t sector_bytes;
    uint32_t journal_offset[2];  // one sector each
    uint32_t slot_offset[mailbox::kUpdatableSlots];
    uint32_t slot_bytes;
};

struct Readings {
    int32_t temperature_mc;  // m°C
    uint32_t power_mw;
    uint32_t voltage_mv;
};

class Sensors {
  public:
    /// False when a sensor does not answer or its value cannot be; `readings` is then undefined.
    [[nodiscard]] virtual bool read(Readings& readings) = 0;

  protected:
    ~Sensors() = default;
};

struct KernelActivity {
    bool busy;           // a run is in progress
    uint32_t heartbeat;  // changes as long as a run makes progress
};

/// The compute unit, as far as the controller may touch it.
class Kernel {
  public:
    [[nodiscard]] virtual KernelActivity activity() = 0;
    /// While held, no further start is let through; a run in progress goes on.
    virtual void hold(bool held) = 0;
    /// 0 stops the clock.
    virtual void set_clock(uint32_t mhz) = 0;
    /// Ends a run by force.
    virtual void reset() = 0;

  protected:
    ~Kernel() = default;
};

class System {
  public:
    /// Since the start of the controller, modulo 2^32: compare differences only.
    [[nodiscard]] virtual uint32_t now_ms() = 0;
    /// Resets the controller, and tells its next boot why. Does not return on a board.
    virtual void reset(mailbox::ResetReason reason) = 0;
    /// What `recall_halt` gives until the next call or loss of power, resets of the controller of
    /// any kind included.
    virtual void remember_halt(mailbox::HaltReason reason) = 0;
    [[nodiscard]] virtual mailbox::HaltReason recall_halt() = 0;

  protected:
    ~System() = default;
};

}  // namespace switchyard::firmware
