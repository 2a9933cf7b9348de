// SPDX-License-Identifier: Apache-2.0
// Numbers of the two capture formats: pcap (draft-ietf-opsawg-pcap) and pcapng
// (draft-ietf-opsawg-pcapng).
#pragma once

#include <cstddef>
#include <cstdint>

namespace switchyard::dataplane::capture {

inline constexpr uint32_t kPcapMicroseconds = 0xA1B2'C3D4;
inline constexpr uint32_t kPcapNanoseconds = 0xA1B2'3C4D;
inline constexpr size_t kPcapHeaderBytes = 24;
inline constexpr size_t kPcapRecordBytes = 16;

inline constexpr uint32_t kSectionBlock = 0x0A0D'0D0A;  ///< the same in either byte order
inline constexpr uint32_t kInterfaceBlock = 1;
inline constexpr uint32_t kSimplePacketBlock = 3;
inline constexpr uint32_t kPacketBlock = 6;  ///< "enhanced"
inline constexpr uint32_t kByteOrderMagic = 0x1A2B'3C4D;
inline constexpr uint16_t kOptionName = 2;  ///< of an interface
inline constexpr uint16_t kOptionResolution = 9;
inline constexpr uint16_t kOptionOffset = 14;
inline constexpr uint8_t kResolutionNanoseconds = 9;   ///< 10^-9 s
inline constexpr uint8_t kResolutionMicroseconds = 6;  ///< where an interface states none
inline constexpr size_t kBlockOverhead = 12;           ///< type, and the length twice
inline constexpr size_t kPacketBlockHeaderBytes = 20;  ///< of an enhanced one
inline constexpr size_t kInterfaceBlockHeaderBytes = 8;
inline constexpr size_t kSectionBlockHeaderBytes = 16;

inline constexpr uint32_t kLinkTypeEthernet = 1;
inline constexpr uint32_t kPacketBytesMax = 65'535;
inline constexpr uint32_t kBlockBytesMax = 1u << 20;
inline constexpr size_t kInterfacesMax = 256;

}  // namespace switchyard::dataplane::capture
