// SPDX-License-Identifier: Apache-2.0
// The host's client of a card's management controller.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "firmware/abi/firmware_image.h"
#include "host/offload/controller/frames.hpp"
#include "host/offload/controller/transport.hpp"

namespace switchyard::controller {

struct ClientOptions {
    /// A request is repeated after this long without a response...
    std::chrono::milliseconds attempt{400};
    /// ...and given up after this long. Erasing a slot takes a flash device a second.
    std::chrono::milliseconds deadline{8000};
    /// How long a reset, the loader and the first response of the next boot may take.
    std::chrono::milliseconds boot{20000};
};

struct ControllerEvent {
    mailbox::EventCode code{};
    mailbox::Event event{};
};

struct ClientCounters {
    uint64_t requests = 0;
    uint64_t repeats = 0;         // frames sent again
    uint64_t strays = 0;          // responses to something else
    uint64_t events_dropped = 0;  // nobody took them in time
    uint64_t events_missed = 0;   // by the gaps in their sequence
    uint64_t damaged = 0;         // frames that came broken
};

/// What a firmware file is, after every check that does not need a card.
struct FirmwareImage {
    abi::image::ImageHeader header{};
    Bytes bytes;  // header and body
};

/// Reads and checks an image: sizes, header, both checksums. `InvalidInput` says what is wrong.
[[nodiscard]] Result<FirmwareImage> parse_firmware_image(Bytes bytes);
[[nodiscard]] Result<FirmwareImage> read_firmware_image(const std::filesystem::path& path);

/// `1.2.3`.
[[nodiscard]] std::string version_text(uint32_t version);
[[nodiscard]] std::string_view to_string(mailbox::StatusCode code);
[[nodiscard]] std::string_view to_string(mailbox::SlotState state);
[[nodiscard]] std::string_view to_string(mailbox::RejectReason reason);
[[nodiscard]] std::string_view to_string(mailbox::Slot slot);
[[nodiscard]] std::string_view to_string(mailbox::ResetReason reason);
[[nodiscard]] std::string_view to_string(mailbox::ControllerState state);
[[nodiscard]] std::string_view to_string(mailbox::HaltReason reason);
[[nodiscard]] std::string_view to_string(mailbox::EventCode code);

/// Requests with a deadline, repeated under one sequence so that none is carried out twice. A
/// status of the card other than Ok is an Error whose message names it. Events that come meanwhile
/// are kept, up to 64. One thread at a time.
class ControllerClient {
  public:
    /// Takes the line over and says hello.
    [[nodiscard]] static Result<std::unique_ptr<ControllerClient>> connect(
        std::unique_ptr<Transport> transport, const ClientOptions& options = {});

    [[nodiscard]] Result<mailbox::HelloResponse> hello();
    [[nodiscard]] Result<mailbox::CardStatus> status();
    [[nodiscard]] Result<mailbox::SlotReport> slots();
    [[nodiscard]] Result<void> halt();
    [[nodiscard]] Result<void> resume();

    /// Writes an image into the slot that does not run, and has it read back. `progress` is called
    /// with the bytes written and their total. Returns the slot.
    [[nodiscard]] Result<mailbox::Slot> write_image(
        BytesView image, const std::function<void(uint64_t, uint64_t)>& progress = {});
    [[nodiscard]] Result<void> activate(std::chrono::milliseconds trial);
    [[nodiscard]] Result<void> confirm();
    [[nodiscard]] Result<void> rollback();
    /// Resets the controller and says hello to whatever boots.
    [[nodiscard]] Result<mailbox::HelloResponse> reset();
    /// Says hello again and again until somebody answers, as after a reset.
    [[nodiscard]] Result<mailbox::HelloResponse> wait_for_boot(std::chrono::milliseconds within);

    /// The next event, waiting for it until `until`; nothing after that.
    [[nodiscard]] Result<std::optional<ControllerEvent>> next_event(Deadline until);
    /// Sends bytes as they are: for tests of what garbage does.
    [[nodiscard]] Result<void> send_raw(BytesView bytes);
    [[nodiscard]] ClientCounters counters() const;

  private:
    ControllerClient(std::unique_ptr<Transport> transport, const ClientOptions& options)
        : transport_(std::move(transport)), options_(options) {}

    [[nodiscard]] Result<Bytes> request(mailbox::Command command, BytesView payload,
                                        std::chrono::milliseconds deadline);
    template <typename Answer>
    [[nodiscard]] Result<Answer> ask(mailbox::Command command, BytesView payload = {});
    [[nodiscard]] Result<void> tell(mailbox::Command command, BytesView payload = {});
    /// Reads what the line has by `until`; gives the response to `sequence` if it is among it.
    [[nodiscard]] Result<std::optional<Frame>> receive(std::optional<uint16_t> sequence,
                                                       Deadline until);
    void keep(const Frame& event);

    std::unique_ptr<Transport> transport_;
    ClientOptions options_;
    FrameAssembler assembler_;
    std::deque<uint8_t> received_;
    std::deque<ControllerEvent> events_;
    std::optional<uint16_t> event_sequence_;
    uint16_t sequence_ = 0;
    ClientCounters counters_;
};

}  // namespace switchyard::controller
