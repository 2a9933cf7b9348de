// SPDX-License-Identifier: Apache-2.0
// The journal, the choice of a boot, and updates, with the power cut wherever it can be.
#include <gtest/gtest.h>

#include <algorithm>

#include "firmware/controller/boot/slot_update.hpp"
#include "tests/support/firmware_board.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {
namespace {

constexpr uint32_t kOld = image::version(1, 0, 0);
constexpr uint32_t kNew = image::version(2, 0, 0);

/// A flash on which version kOld runs confirmed in slot A.
MemoryFlash provisioned() {
    MemoryFlash flash(kTestFlashBytes, kTestSector);
    fw::SlotUpdate factory(flash, kTestLayout, kTestRules, mailbox::kSlotFactory, 0);
    EXPECT_EQ(write_image(factory, make_test_image(kOld)), mailbox::kOk);
    EXPECT_EQ(factory.activate(1000), mailbox::kOk);
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
    fw::SlotUpdate first(flash, kTestLayout, kTestRules, mailbox::kSlotA, 0);
    EXPECT_EQ(first.confirm(), mailbox::kOk);
    return flash;
}

fw::SlotUpdate running(MemoryFlash& flash, mailbox::Slot slot) {
    return fw::SlotUpdate(flash, kTestLayout, kTestRules, slot, 0);
}

TEST(BootJournal, BlankFlashBootsTheFactorysFirmware) {
    MemoryFlash flash(kTestFlashBytes, kTestSector);
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotFactory);
    std::fill(flash.bytes().begin(), flash.bytes().end(), uint8_t{0});
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotFactory);
    auto random = test_generator(21);
    for (int round = 0; round < 200; ++round) {
        for (uint8_t& byte : flash.bytes())
            byte = static_cast<uint8_t>(random());
        EXPECT_EQ(boot(flash).slot, mailbox::kSlotFactory);
    }
}

TEST(BootJournal, KeepsTheLastRecordOverManySectors) {
    MemoryFlash flash(kTestFlashBytes, kTestSector);
    fw::BootJournal journal(flash, kTestLayout);
    journal.load();
    for (uint32_t i = 1; i <= 1000; ++i) {
        fw::BootRecord record = journal.record();
        record.trial_ms = i;
        ASSERT_TRUE(journal.append(record));
        fw::BootJournal again(flash, kTestLayout);
        again.load();
        ASSERT_EQ(again.record().trial_ms, i);
        ASSERT_EQ(again.record().sequence, i);
    }
}

TEST(BootJournal, APowerCutLeavesTheRecordBeforeOrAfter) {
    auto random = test_generator(22);
    MemoryFlash flash(kTestFlashBytes, kTestSector);
    uint32_t last = 0;
    uint32_t cuts = 0;
    for (uint32_t round = 1; round <= 20000; ++round) {
        fw::BootJournal journal(flash, kTestLayout);
        journal.load();
        ASSERT_EQ(journal.record().trial_ms, last) << "round " << round;
        fw::BootRecord record = journal.record();
        record.trial_ms = round;
        flash.cut_after(random() % 24, static_cast<uint32_t>(random()));
        try {
            ASSERT_TRUE(journal.append(record));
            last = round;
        } catch (const PowerCut&) {
            ++cuts;
            flash.restore_power();
            fw::BootJournal after(flash, kTestLayout);
            after.load();
            ASSERT_TRUE(after.record().trial_ms == last || after.record().trial_ms == round);
            last = after.record().trial_ms;
        }
        flash.restore_power();
    }
    EXPECT_GT(cuts, 1000u);
}

TEST(BootJournal, AFlashThatTakesNothingIsSaidSo) {
    MemoryFlash flash = provisioned();
    flash.wear_out();
    auto update = running(flash, mailbox::kSlotA);
    EXPECT_EQ(update.rollback(), mailbox::kFlashFault);
    EXPECT_EQ(write_image(update, make_test_image(kNew)), mailbox::kFlashFault);
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
}

/// Every record that could ever be read, with every state of the images.
template <typename Check>
void for_every_choice(Check check) {
    for (uint8_t active = 0; active < 3; ++active)
        for (uint8_t a = 0; a <= mailbox::kRejected; ++a)
            for (uint8_t b = 0; b <= mailbox::kRejected; ++b)
                for (uint8_t boots = 0; boots < 6; ++boots)
                    for (int good = 0; good < 4; ++good) {
                        fw::BootRecord record{};
                        record.active = active;
                        record.state[0] = a;
                        record.state[1] = b;
                        record.boots = boots;
                        const mailbox::RejectReason images[2] = {
                            (good & 1) != 0 ? mailbox::kNotRejected : mailbox::kRejectedChecksum,
                            (good & 2) != 0 ? mailbox::kNotRejected : mailbox::kRejectedHeader};
                        check(record, images);
                    }
}

TEST(BootChoice, OnlyGoodImagesThatMayRunAreBooted) {
    int cases = 0;
    for_every_choice([&](const fw::BootRecord& record, const mailbox::RejectReason* images) {
        const fw::BootChoice choice = fw::choose_boot(record, images);
        ++cases;
        if (choice.slot == mailbox::kSlotFactory) return;
        EXPECT_EQ(images[choice.slot], mailbox::kNotRejected);
        EXPECT_EQ(choice.record.active, choice.slot);
        if (record.state[choice.slot] == mailbox::kPending) {
            EXPECT_EQ(record.active, choice.slot);
            EXPECT_EQ(choice.record.boots, record.boots + 1);
            EXPECT_LE(choice.record.boots, fw::kTrialBootsMax);
            EXPECT_TRUE(choice.changed);
        } else {
            EXPECT_EQ(record.state[choice.slot], mailbox::kConfirmed);
        }
    });
    EXPECT_EQ(cases, 3 * 6 * 6 * 6 * 4);
}

TEST(BootChoice, AGoodConfirmedSlotIsNeverPassedOver) {
    for_every_choice([](const fw::BootRecord& record, const mailbox::RejectReason* images) {
        const fw::BootChoice choice = fw::choose_boot(record, images);
        if (record.active >= 2) {
            EXPECT_EQ(choice.slot, mailbox::kSlotFactory);
            return;
        }
        bool has_confirmed = false;
        for (uint32_t slot = 0; slot < 2; ++slot)
            has_confirmed |=
                record.state[slot] == mailbox::kConfirmed && images[slot] == mailbox::kNotRejected;
        if (has_confirmed) {
            EXPECT_NE(choice.slot, mailbox::kSlotFactory);
        }
    });
}

TEST(BootChoice, ComesToRestWhateverItBeginsWith) {
    for_every_choice([](const fw::BootRecord& begin, const mailbox::RejectReason* images) {
        fw::BootRecord record = begin;
        for (int boots = 0; boots <= fw::kTrialBootsMax + 1; ++boots)
            record = fw::choose_boot(record, images).record;
        const fw::BootChoice choice = fw::choose_boot(record, images);
        EXPECT_FALSE(choice.changed);
        EXPECT_TRUE(choice.slot == mailbox::kSlotFactory ||
                    record.state[choice.slot] == mailbox::kConfirmed);
    });
}

TEST(BootChoice, ATrialThatCannotBeCountedIsNotBegun) {
    MemoryFlash flash = provisioned();
    auto update = running(flash, mailbox::kSlotA);
    ASSERT_EQ(write_image(update, make_test_image(kNew)), mailbox::kOk);
    ASSERT_EQ(update.activate(1000), mailbox::kOk);
    flash.wear_out();
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
}

TEST(SlotUpdate, GoesFromSlotToSlotWhenConfirmed) {
    MemoryFlash flash = provisioned();
    mailbox::Slot slot = mailbox::kSlotA;
    for (uint32_t version = kNew; version < kNew + 6; ++version) {
        auto update = running(flash, slot);
        ASSERT_EQ(write_image(update, make_test_image(version, 2000)), mailbox::kOk);
        EXPECT_EQ(boot(flash).slot, slot);  // written is not active
        ASSERT_EQ(update.activate(1000), mailbox::kOk);
        const mailbox::Slot next = boot(flash).slot;
        ASSERT_NE(next, slot);
        ASSERT_EQ(version_in(flash, next), version);
        auto trial = running(flash, next);
        EXPECT_TRUE(trial.is_on_trial());
        ASSERT_EQ(trial.confirm(), mailbox::kOk);
        EXPECT_FALSE(trial.is_on_trial());
        for (int i = 0; i < 5; ++i)
            EXPECT_EQ(boot(flash).slot, next);
        slot = next;
    }
}

TEST(SlotUpdate, WhatIsNeverConfirmedGetsThreeBoots) {
    MemoryFlash flash = provisioned();
    auto update = running(flash, mailbox::kSlotA);
    ASSERT_EQ(write_image(update, make_test_image(kNew)), mailbox::kOk);
    ASSERT_EQ(update.activate(1000), mailbox::kOk);
    for (int i = 0; i < fw::kTrialBootsMax; ++i)
        EXPECT_EQ(boot(flash).slot, mailbox::kSlotB);
    const fw::BootDecision decision = boot(flash);
    EXPECT_EQ(decision.slot, mailbox::kSlotA);
    EXPECT_EQ(decision.rejected[mailbox::kSlotB], mailbox::kRejectedNotConfirmed);
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
    auto after = running(flash, mailbox::kSlotA);
    EXPECT_EQ(after.activate(1000), mailbox::kWrongState);  // rejected for good
    EXPECT_EQ(write_image(after, make_test_image(kNew + 1)), mailbox::kOk);
}

TEST(SlotUpdate, ABitThatRotsInAConfirmedSlotIsFoundAtTheNextBoot) {
    struct Case {
        uint32_t at;
        mailbox::RejectReason reason;
    };
    for (const Case rot :
         {Case{0, mailbox::kRejectedHeader}, Case{20, mailbox::kRejectedHeader},
          Case{63, mailbox::kRejectedHeader}, Case{64, mailbox::kRejectedChecksum},
          Case{500, mailbox::kRejectedChecksum}, Case{1063, mailbox::kRejectedChecksum}}) {
        MemoryFlash flash = provisioned();
        auto update = running(flash, mailbox::kSlotA);
        ASSERT_EQ(write_image(update, make_test_image(kNew)), mailbox::kOk);
        ASSERT_EQ(update.activate(1000), mailbox::kOk);
        ASSERT_EQ(boot(flash).slot, mailbox::kSlotB);
        ASSERT_EQ(running(flash, mailbox::kSlotB).confirm(), mailbox::kOk);
        flash.bytes()[kTestLayout.slot_offset[mailbox::kSlotB] + rot.at] ^= 0x08;
        const fw::BootDecision decision = boot(flash);
        EXPECT_EQ(decision.slot, mailbox::kSlotA);
        EXPECT_EQ(decision.rejected[mailbox::kSlotB], rot.reason) << "byte " << rot.at;
        // With the other one rotten too, the factory's is left.
        flash.bytes()[kTestLayout.slot_offset[mailbox::kSlotA] + rot.at] ^= 0x08;
        EXPECT_EQ(boot(flash).slot, mailbox::kSlotFactory);
    }
}

TEST(SlotUpdate, AnUpdateThatWasBrokenOffCannotBeActivated) {
    MemoryFlash flash = provisioned();
    const auto next = make_test_image(kNew);
    {
        auto update = running(flash, mailbox::kSlotA);
        ASSERT_EQ(write_image(update, next), mailbox::kOk);
        // Written and good, and then begun anew.
        ASSERT_EQ(update.begin({static_cast<uint32_t>(next.size()), 0}), mailbox::kOk);
        ASSERT_EQ(update.chunk(0, next.data(), 200), mailbox::kOk);
        EXPECT_EQ(update.activate(1000), mailbox::kWrongState);
    }
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
    auto update = running(flash, mailbox::kSlotA);
    EXPECT_EQ(update.record().state[mailbox::kSlotB], mailbox::kWriting);
    EXPECT_EQ(update.activate(1000), mailbox::kWrongState);
}

// Flash that keeps a wrong bit and says nothing: what was written is read back, header and body.
TEST(SlotUpdate, WhatTheFlashDidNotKeepIsNotWritten) {
    const auto next = make_test_image(kNew);
    int tried = 0;
    for (uint32_t at = 0; at < next.size(); at += 5) {
        if ((next[at] & 1) == 0) continue;
        ++tried;
        MemoryFlash flash = provisioned();
        flash.break_byte(kTestLayout.slot_offset[mailbox::kSlotB] + at);
        auto update = running(flash, mailbox::kSlotA);
        EXPECT_EQ(write_image(update, next), mailbox::kBadImage) << "byte " << at;
        EXPECT_EQ(update.activate(1000), mailbox::kWrongState);
        EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
    }
    EXPECT_GT(tried, 50);
    // The same in the journal: the next place is taken, or the other sector.
    for (uint32_t at = 0; at < 2 * kTestSector; at += 148) {
        MemoryFlash flash(kTestFlashBytes, kTestSector);
        flash.break_byte(at);
        fw::BootJournal journal(flash, kTestLayout);
        journal.load();
        for (uint32_t i = 1; i <= 300; ++i) {
            fw::BootRecord record = journal.record();
            record.trial_ms = i;
            ASSERT_TRUE(journal.append(record)) << "byte " << at << " record " << i;
            fw::BootJournal again(flash, kTestLayout);
            again.load();
            ASSERT_EQ(again.record().trial_ms, i) << "byte " << at;
        }
    }
}

TEST(SlotUpdate, RollsBackByRequest) {
    MemoryFlash flash = provisioned();
    auto update = running(flash, mailbox::kSlotA);
    ASSERT_EQ(write_image(update, make_test_image(kNew)), mailbox::kOk);
    ASSERT_EQ(update.activate(1000), mailbox::kOk);
    // Called off before its first boot.
    auto called_off = provisioned();
    {
        auto other = running(called_off, mailbox::kSlotA);
        ASSERT_EQ(write_image(other, make_test_image(kNew)), mailbox::kOk);
        ASSERT_EQ(other.activate(1000), mailbox::kOk);
        ASSERT_EQ(other.rollback(), mailbox::kOk);
        EXPECT_EQ(boot(called_off).slot, mailbox::kSlotA);
    }
    // On trial.
    ASSERT_EQ(boot(flash).slot, mailbox::kSlotB);
    auto trial = running(flash, mailbox::kSlotB);
    EXPECT_EQ(write_image(trial, make_test_image(9)), mailbox::kWrongState);
    ASSERT_EQ(trial.rollback(), mailbox::kOk);
    EXPECT_EQ(trial.rollback(), mailbox::kWrongState);
    EXPECT_EQ(write_image(trial, make_test_image(9)), mailbox::kWrongState);
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
    // Confirmed, with nothing but the factory's to go back to.
    auto last = running(flash, mailbox::kSlotA);
    ASSERT_EQ(last.rollback(), mailbox::kOk);
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotFactory);
    auto factory = running(flash, mailbox::kSlotFactory);
    EXPECT_EQ(factory.rollback(), mailbox::kNothingToTake);
}

TEST(SlotUpdate, RefusesWhatCannotRun) {
    MemoryFlash flash = provisioned();
    auto update = running(flash, mailbox::kSlotA);
    const auto good = make_test_image(kNew);

    auto body = good;
    body[500] ^= 1;
    EXPECT_EQ(write_image(update, body), mailbox::kBadImage);
    EXPECT_EQ(update.activate(1000), mailbox::kWrongState);

    auto header = good;
    header[12] ^= 1;
    EXPECT_EQ(write_image(update, header), mailbox::kBadImage);

    auto truncated = good;
    truncated.resize(good.size() - 8);
    EXPECT_EQ(write_image(update, truncated), mailbox::kBadImage);

    auto longer = good;
    longer.resize(good.size() + 8);
    EXPECT_EQ(write_image(update, longer), mailbox::kBadImage);

    auto other_board = good;
    image::ImageHeader parsed;
    std::memcpy(&parsed, good.data(), sizeof parsed);
    parsed.board = image::kBoardU50;
    parsed.header_crc = fw::crc32c(&parsed, offsetof(image::ImageHeader, header_crc));
    std::memcpy(other_board.data(), &parsed, sizeof parsed);
    EXPECT_EQ(write_image(update, other_board), mailbox::kWrongBoard);

    for (const uint32_t bytes :
         {0u, 64u, 66u, kTestLayout.slot_bytes + 4, UINT32_MAX, UINT32_MAX - 3}) {
        EXPECT_EQ(update.begin({bytes, 0}), mailbox::kBadImage) << bytes;
    }
    EXPECT_EQ(update.end(), mailbox::kWrongState);
    EXPECT_EQ(update.confirm(), mailbox::kWrongState);
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
    EXPECT_EQ(version_in(flash, mailbox::kSlotA), kOld);
}

TEST(SlotUpdate, ChunksComeInOrderAndWithinTheImage) {
    MemoryFlash flash = provisioned();
    auto update = running(flash, mailbox::kSlotA);
    const auto good = make_test_image(kNew);
    ASSERT_EQ(update.begin({static_cast<uint32_t>(good.size()), 0}), mailbox::kOk);
    ASSERT_EQ(update.chunk(0, good.data(), 40), mailbox::kOk);
    EXPECT_EQ(update.chunk(0, good.data(), 40), mailbox::kBadOffset);
    EXPECT_EQ(update.chunk(44, good.data() + 44, 40), mailbox::kBadOffset);
    EXPECT_EQ(update.progress().next_offset, 40u);
    for (uint32_t at = 40; at + 100 <= good.size(); at += 100)
        ASSERT_EQ(update.chunk(at, good.data() + at, 100), mailbox::kOk);
    const uint32_t left = static_cast<uint32_t>(good.size()) - update.progress().next_offset;
    EXPECT_EQ(update.end(), mailbox::kBadOffset);
    EXPECT_EQ(update.chunk(update.progress().next_offset, good.data(), left + 4),
              mailbox::kBadPayload);
    EXPECT_EQ(boot(flash).slot, mailbox::kSlotA);
}

/// The whole of an update, up to its confirmation at the boot after.
void update_and_confirm(MemoryFlash& flash, mailbox::Slot from) {
    auto update = running(flash, from);
    if (write_image(update, make_test_image(kNew)) != mailbox::kOk) return;
    if (update.activate(1000) != mailbox::kOk) return;
    const mailbox::Slot next = boot(flash).slot;
    auto trial = running(flash, next);
    (void)trial.confirm();
}

// The power goes in every single operation of the flash that an update needs: whatever is left,
// a whole firmware boots, the old one or the new one, and the update can be done again.
TEST(SlotUpdate, APowerCutAnywhereLeavesAFirmwareThatBoots) {
    MemoryFlash measured = provisioned();
    const uint64_t before = measured.operations();
    update_and_confirm(measured, mailbox::kSlotA);
    const uint64_t operations = measured.operations() - before;
    ASSERT_GT(operations, 250u);
    ASSERT_EQ(boot(measured).slot, mailbox::kSlotB);

    uint32_t old_boots = 0;
    uint32_t new_boots = 0;
    for (uint64_t cut = 0; cut < operations; ++cut) {
        for (uint32_t seed = 1; seed <= 4; ++seed) {
            MemoryFlash flash = provisioned();
            flash.cut_after(cut, seed);
            EXPECT_THROW(update_and_confirm(flash, mailbox::kSlotA), PowerCut);
            flash.restore_power();
            const mailbox::Slot slot = boot(flash).slot;
            const uint32_t version = version_in(flash, slot);
            ASSERT_TRUE(version == kOld || version == kNew) << "cut " << cut << " slot " << slot;
            ++(version == kOld ? old_boots : new_boots);
            // Unattended boots come to rest on a firmware that is whole.
            for (int i = 0; i < 5; ++i) {
                const uint32_t again = version_in(flash, boot(flash).slot);
                ASSERT_TRUE(again == kOld || again == kNew) << "cut " << cut;
            }
            const mailbox::Slot rest = boot(flash).slot;
            update_and_confirm(flash, rest);
            ASSERT_EQ(version_in(flash, boot(flash).slot), kNew) << "cut " << cut;
        }
    }
    EXPECT_GT(old_boots, 0u);
    EXPECT_GT(new_boots, 0u);
}

// The same for the first update of all, from the factory's firmware on a blank flash.
TEST(SlotUpdate, APowerCutOnABlankFlashLeavesTheFactorysFirmware) {
    MemoryFlash measured(kTestFlashBytes, kTestSector);
    update_and_confirm(measured, mailbox::kSlotFactory);
    const uint64_t operations = measured.operations();
    for (uint64_t cut = 0; cut < operations; ++cut) {
        MemoryFlash flash(kTestFlashBytes, kTestSector);
        flash.cut_after(cut, static_cast<uint32_t>(cut));
        EXPECT_THROW(update_and_confirm(flash, mailbox::kSlotFactory), PowerCut);
        flash.restore_power();
        const uint32_t version = version_in(flash, boot(flash).slot);
        ASSERT_TRUE(version == 0 || version == kNew) << "cut " << cut;
        update_and_confirm(flash, boot(flash).slot);
    }
}

}  // namespace
}  // namespace switchyard::test
