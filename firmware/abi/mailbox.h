// SPDX-License-Identifier: Apache-2.0
// The mailbox: what the host and the card's management controller say to each other over a UART.
// The only source of its layouts. Bit tables and the reasons: firmware/abi/MAILBOX.md.
//
//   wire     0x00 COBS(message) 0x00      a zero before a frame is optional; empty frames are
//   skipped message  [Header] [payload, 0 to 240 bytes] [CRC-32C of all before it]
//
// All fields are little-endian. Reserved fields are written as 0 and ignored when read.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/abi/cobs.h"

namespace switchyard {
namespace abi {
namespace mailbox {

constexpr uint8_t kProtocolVersion = 1;
constexpr uint8_t kFrameEnd = 0;
constexpr uint32_t kPayloadBytesMax = 240;

enum Kind : uint8_t { kRequest = 1, kResponse = 2, kEvent = 3 };

struct Header {
    uint8_t version;        // kProtocolVersion
    uint8_t kind;           // Kind
    uint16_t sequence;      // request: chosen by the host; response: echoed; event: counts events
    uint8_t code;           // request and response: Command; event: EventCode
    uint8_t status;         // response: StatusCode; else 0
    uint8_t payload_bytes;  // 0 to kPayloadBytesMax
    uint8_t reserved;
};

constexpr uint32_t kHeaderBytes = sizeof(Header);
constexpr uint32_t kCrcBytes = 4;
constexpr uint32_t kMessageBytesMin = kHeaderBytes + kCrcBytes;
constexpr uint32_t kMessageBytesMax = kHeaderBytes + kPayloadBytesMax + kCrcBytes;
/// Without the zero that ends it.
constexpr uint32_t kFrameBytesMax = static_cast<uint32_t>(cobs_bytes_max(kMessageBytesMax));

enum Command : uint8_t {
    kHello = 1,        // HelloRequest -> HelloResponse; begins a session
    kGetStatus = 2,    // -> CardStatus
    kGetSlots = 3,     // -> SlotReport
    kUpdateBegin = 4,  // UpdateBegin -> UpdateProgress
    kUpdateChunk = 5,  // UpdateChunk + bytes -> UpdateProgress
    kUpdateEnd = 6,    // -> UpdateProgress; the slot was read back and is good
    kActivate = 7,     // ActivateRequest ->; the slot just written is tried from the next reset on
    kConfirm = 8,      // ->; the firmware that runs on trial is kept
    kRollback = 9,     // ->; the firmware that runs is given up from the next reset on
    kReset = 10,       // ->; the controller resets itself after the response
    kHalt = 11,        // ->; drains the kernel, then stops its clock
    kResume = 12,      // ->; ends a halt, if what caused it is gone
};

enum StatusCode : uint8_t {
    kOk = 0,
    kUnknownCommand = 1,
    kBadPayload = 2,      // length or content is out of range
    kBadVersion = 3,      // of the protocol; the response carries the card's own version
    kWrongState = 4,      // not possible in the state that the card is in
    kBadOffset = 5,       // a chunk that is not the next; UpdateProgress says which is
    kBadImage = 6,        // header, size or checksum of an image
    kWrongBoard = 7,      // an image for another board
    kFlashFault = 8,      // the flash did not take or keep what was written
    kTooHot = 9,          // resume was asked for while a limit is still passed
    kNothingToTake = 10,  // rollback: there is nothing to go back to
};

enum EventCode : uint8_t {
    kBooted = 1,         // value0: slot; value1: ResetReason
    kClockStep = 2,      // value0: MHz; value1: temperature in m°C
    kKernelStalled = 3,  // value0: heartbeat; value1: stalls without progress in between
    kHalted = 4,         // value0: HaltReason; value1: 1 if the kernel was idle, 0 if it was reset
    kResumed = 5,        // value0: MHz
    kSensorFault = 6,    // value0: faults in sequence
    kTrialExpired = 7,   // value0: slot; the controller resets itself
    kSlotRejected = 8,   // value0: slot; value1: RejectReason; told at the boot that found it
};

enum Slot : uint8_t { kSlotA = 0, kSlotB = 1, kSlotFactory = 2 };
constexpr uint32_t kUpdatableSlots = 2;

enum SlotState : uint8_t {
    kEmpty = 0,
    kWriting = 1,    // an update was begun and has not ended
    kWritten = 2,    // complete and read back, not active
    kPending = 3,    // active on trial
    kConfirmed = 4,  // active, or kept to fall back to
    kRejected = 5,   // see RejectReason
};

enum RejectReason : uint8_t {
    kNotRejected = 0,
    kRejectedHeader = 1,        // magic, sizes or the header's checksum
    kRejectedChecksum = 2,      // of the body
    kRejectedBoard = 3,         // for another board
    kRejectedNotConfirmed = 4,  // booted as often as a trial allows, never confirmed
    kRejectedByHost = 5,        // rolled back
};

enum ResetReason : uint8_t {
    kPowerOn = 0,
    kResetByHost = 1,
    kResetWatchdog = 2,  // the controller's own: its loop did not come round
    kResetTrap = 3,      // an exception of the controller
    kResetTrial = 4,     // a trial was not confirmed in time
};

enum ControllerState : uint8_t {
    kStarting = 0,  // the kernel is held until the first good sensor readings
    kRunning = 1,
    kHalting = 2,  // no further start is let through; waits for the kernel to be idle
    kHaltedState = 3,
};

enum HaltReason : uint8_t {
    kNotHalted = 0,
    kHaltByHost = 1,
    kHaltOverheat = 2,
    kHaltVoltage = 3,
    kHaltSensors = 4,  // blind for too long
    kHaltKernel = 5,   // stalls again and again
};

struct HelloRequest {
    uint32_t nonce;  // new for every session; echoed
};

struct HelloResponse {
    uint32_t nonce;
    uint32_t board;             // image::Board
    uint32_t firmware_version;  // image::version
    uint8_t slot;               // Slot that runs
    uint8_t reset_reason;       // ResetReason of this boot
    uint8_t on_trial;           // 1: confirm it or it is given up
    uint8_t payload_bytes_max;
};

struct CardStatus {
    uint32_t uptime_ms;  // modulo 2^32
    uint8_t state;       // ControllerState
    uint8_t halt_reason;
    uint8_t clock_step;       // 0 is the full clock
    uint8_t sensors_valid;    // 1 if the readings below are good
    uint16_t clock_mhz;       // 0 while halted
    uint16_t clock_full_mhz;  // of step 0
    int32_t temperature_mc;   // m°C, of the FPGA's die
    uint32_t power_mw;
    uint32_t voltage_mv;  // core supply
    uint32_t heartbeat;   // the kernel's, as last read
    uint8_t kernel_busy;
    uint8_t reserved0[3];
    uint32_t throttles;   // steps down
    uint32_t recoveries;  // steps up
    uint32_t stalls;
    uint32_t halts;
    uint32_t sensor_faults;
    uint32_t frames_good;
    uint32_t frames_bad;      // encoding, length, CRC, kind
    uint32_t frames_long;     // longer than a frame can be
    uint32_t requests_again;  // answered from memory, not carried out twice
    uint32_t events_lost;     // dropped because the queue was full
};

struct SlotInfo {
    uint8_t state;   // SlotState
    uint8_t reason;  // RejectReason
    uint8_t reserved[2];
    uint32_t version;
    uint32_t image_bytes;  // 0 when there is no valid header
    uint32_t body_crc;
};

struct SlotReport {
    uint8_t running;         // Slot
    uint8_t active;          // Slot that the next reset tries first
    uint8_t boots;           // of the trial
    uint8_t boots_max;       // it may have
    uint32_t trial_left_ms;  // 0 when not on trial
    uint32_t factory_version;
    uint32_t journal_sequence;
    SlotInfo slots[kUpdatableSlots];
};

struct UpdateBegin {
    uint32_t image_bytes;  // header and body; a multiple of 4
    uint32_t image_crc;    // CRC-32C over all of them
};

/// Followed by 4 to kChunkBytesMax bytes, a multiple of 4.
struct UpdateChunk {
    uint32_t offset;  // within the image; chunks come in order
};

struct UpdateProgress {
    uint32_t next_offset;
    uint8_t slot;
    uint8_t reserved[3];
};

struct ActivateRequest {
    uint32_t trial_ms;  // 1 to kTrialMsMax: each boot resets itself when not confirmed by then
};

struct Event {
    uint32_t uptime_ms;
    uint32_t value0;
    uint32_t value1;
};

constexpr uint32_t kChunkBytesMax = kPayloadBytesMax - sizeof(UpdateChunk);
constexpr uint32_t kTrialMsMax = 24u * 60 * 60 * 1000;

// ---- Proof that the compiler lays the structs out as written ----

static_assert(kChunkBytesMax % 4 == 0, "chunks are whole flash words");
static_assert(kFrameBytesMax <= 254,
              "one COBS group: a frame is two bytes longer than its message");
static_assert(sizeof(Header) == 8 && offsetof(Header, sequence) == 2 &&
                  offsetof(Header, code) == 4 && offsetof(Header, status) == 5 &&
                  offsetof(Header, payload_bytes) == 6,
              "layout");
static_assert(sizeof(HelloRequest) == 4, "layout");
static_assert(sizeof(HelloResponse) == 16 && offsetof(HelloResponse, slot) == 12, "layout");
static_assert(sizeof(CardStatus) == 72, "layout");
static_assert(offsetof(CardStatus, state) == 4 && offsetof(CardStatus, clock_mhz) == 8 &&
                  offsetof(CardStatus, temperature_mc) == 12 &&
                  offsetof(CardStatus, heartbeat) == 24 &&
                  offsetof(CardStatus, kernel_busy) == 28 &&
                  offsetof(CardStatus, throttles) == 32 &&
                  offsetof(CardStatus, frames_good) == 52 &&
                  offsetof(CardStatus, events_lost) == 68,
              "layout");
static_assert(sizeof(SlotInfo) == 16 && offsetof(SlotInfo, version) == 4, "layout");
static_assert(sizeof(SlotReport) == 48 && offsetof(SlotReport, trial_left_ms) == 4 &&
                  offsetof(SlotReport, slots) == 16,
              "layout");
static_assert(sizeof(UpdateBegin) == 8 && sizeof(UpdateChunk) == 4, "layout");
static_assert(sizeof(UpdateProgress) == 8 && offsetof(UpdateProgress, slot) == 4, "layout");
static_assert(sizeof(ActivateRequest) == 4 && sizeof(Event) == 12, "layout");

}  // namespace mailbox
}  // namespace abi
}  // namespace switchyard
