// SPDX-License-Identifier: Apache-2.0
// The first stage, in flash that no update touches: picks a firmware, copies it to RAM, checks the
// copy, and jumps. It changes only for a new board.
#include <string.h>

#include "firmware/controller/board/virt/cfi_flash.hpp"
#include "firmware/controller/board/virt/emulated_card.hpp"
#include "firmware/controller/board/virt/handoff.hpp"
#include "firmware/controller/board/virt/machine.hpp"
#include "firmware/controller/board/virt/memory_map.hpp"
#include "firmware/controller/boot/boot_choice.hpp"
#include "firmware/controller/boot/image_check.hpp"
#include "firmware/controller/core/crc32c.hpp"

namespace switchyard::firmware::virt {
namespace {

constexpr ImageRules kRules = {image::kBoardVirt, kImageLoad};

/// Copies a checked image to RAM; false when the copy is not what the header says, as RAM and
/// flash may both fail.
bool copy_body(Flash& flash, uint32_t offset, const image::ImageHeader& header) {
    auto* to = reinterpret_cast<uint8_t*>(kImageLoad);
    return flash.read(offset + image::kHeaderBytes, to, header.body_bytes) &&
           crc32c(to, header.body_bytes) == header.body_crc;
}

[[noreturn]] void jump(uintptr_t entry) {
    kick_watchdog();
    asm volatile("fence.i" ::: "memory");
    asm volatile("jr %0" ::"r"(entry));
    __builtin_unreachable();
}

}  // namespace

[[noreturn]] void load() {
    kick_watchdog();
    count_boot();
    auto& handoff = *reinterpret_cast<BootHandoff*>(kHandoff);
    handoff = BootHandoff{};
    handoff.reset_reason = take_reset_reason();

    CfiFlash boot_flash(kBootFlash, abi::emulated_board::kFlashBytes);
    CfiFlash flash(kUpdateFlash, abi::emulated_board::kFlashBytes);
    constexpr uint32_t kFactoryOffset = kFactoryImage - kBootFlash;
    image::ImageHeader factory;
    if (check_image(boot_flash, kFactoryOffset, kRules, factory) != mailbox::kNotRejected) {
        power_off_failed();
    }
    handoff.factory_version = factory.version;

    image::ImageHeader headers[mailbox::kUpdatableSlots];
    mailbox::RejectReason found[mailbox::kUpdatableSlots];
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        found[slot] = check_image(flash, kFlashLayout.slot_offset[slot], kRules, headers[slot]);
    }
    BootJournal journal(flash, kFlashLayout);
    journal.load();
    // A copy that fails rejects its slot, and the choice is made anew: twice at most.
    for (;;) {
        const BootDecision decision = decide_boot(journal, found);
        const mailbox::Slot slot = decision.slot;
        for (uint32_t s = 0; s < mailbox::kUpdatableSlots; ++s) {
            if (decision.rejected[s] != mailbox::kNotRejected)
                handoff.rejected[s] = decision.rejected[s];
        }
        const bool is_factory = slot == mailbox::kSlotFactory;
        const image::ImageHeader& header = is_factory ? factory : headers[slot];
        if (copy_body(is_factory ? boot_flash : flash,
                      is_factory ? kFactoryOffset : kFlashLayout.slot_offset[slot], header)) {
            handoff.slot = slot;
            handoff.firmware_version = header.version;
            handoff.magic = kHandoffMagic;
            jump(header.entry_address);
        }
        if (is_factory) power_off_failed();
        found[slot] = mailbox::kRejectedChecksum;
    }
}

}  // namespace switchyard::firmware::virt

extern "C" [[noreturn]] void firmware_main() {
    switchyard::firmware::virt::load();
}
