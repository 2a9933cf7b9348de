// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/emulation_xclbin.hpp"

#include <xclbin.h>

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>

#include "firmware/abi/conflict_detector.h"

namespace switchyard::offload {
namespace {

constexpr uint64_t kBankKib = 256 * 1024;
constexpr uint64_t kRegisterFileBase = 0x1800000;

struct Section {
    axlf_section_kind kind;
    const char* name;
    std::string bytes;
};

template <size_t N>
void put_text(unsigned char (&field)[N], std::string_view text) {
    std::memcpy(field, text.data(), text.size() < N ? text.size() : N - 1);
}

template <typename T>
std::string bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// One memory bank, which serves both ports.
std::string memory_topology() {
    mem_topology topology{};
    topology.m_count = 1;
    topology.m_mem_data[0].m_type = MEM_DDR4;
    topology.m_mem_data[0].m_used = 1;
    topology.m_mem_data[0].m_size = kBankKib;
    put_text(topology.m_mem_data[0].m_tag, "bank0");
    return bytes_of(topology);
}

std::string compute_units() {
    ip_layout layout{};
    layout.m_count = 1;
    layout.m_ip_data[0].m_type = IP_KERNEL;
    layout.m_ip_data[0].properties = AP_CTRL_HS << IP_CONTROL_SHIFT;
    layout.m_ip_data[0].m_base_address = kRegisterFileBase;
    put_text(layout.m_ip_data[0].m_name,
             std::string(kKernelName) + ":" + std::string(kKernelName) + "_1");
    return bytes_of(layout);
}

/// Arguments 0 and 1 (input, output) of compute unit 0 reach bank 0.
std::string connections() {
    const int32_t count = 2;
    const connection links[2] = {{0, 0, 0}, {1, 0, 0}};
    return bytes_of(count) + bytes_of(links);
}

std::string hex(uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string argument(const char* name, int id, int qualifier, const char* port, int size,
                     uint32_t offset, const char* type) {
    return "<arg name=\"" + std::string(name) + "\" addressQualifier=\"" +
           std::to_string(qualifier) + "\" id=\"" + std::to_string(id) + "\" port=\"" + port +
           "\" size=\"" + hex(static_cast<uint64_t>(size)) + "\" offset=\"" + hex(offset) +
           "\" hostOffset=\"0x0\" hostSize=\"" + hex(static_cast<uint64_t>(size)) + "\" type=\"" +
           type + "\"/>";
}

/// The kernel's metadata as v++ writes it: ports, and each argument with its register offset.
std::string kernel_metadata() {
    constexpr int kGlobal = 1;
    constexpr int kScalar = 0;
    const std::string name(kKernelName);
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<project name=\"switchyard\"><platform vendor=\"switchyard\" boardid=\"emulation\""
           " name=\"conflict_detector\" featureRomTime=\"0\"><version major=\"1\" minor=\"0\"/>"
           "<device name=\"fpga0\"><core name=\"OCL_REGION_0\" target=\"csim\""
           " type=\"clc_region\" clockFreq=\"0MHz\" numComputeUnits=\"1\">"
           "<kernel name=\"" +
           name +
           "\" language=\"c\" interrupt=\"false\""
           " hwControlProtocol=\"ap_ctrl_hs\">"
           "<port name=\"M_AXI_GMEM0\" mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\""
           " dataWidth=\"512\" portType=\"addressable\" base=\"0x0\"/>"
           "<port name=\"M_AXI_GMEM1\" mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\""
           " dataWidth=\"512\" portType=\"addressable\" base=\"0x0\"/>"
           "<port name=\"S_AXI_CONTROL\" mode=\"slave\" range=\"0x1000\" dataWidth=\"32\""
           " portType=\"addressable\" base=\"0x0\"/>" +
           argument("input", 0, kGlobal, "M_AXI_GMEM0", 8, abi::kRegisterInput, "void*") +
           argument("output", 1, kGlobal, "M_AXI_GMEM1", 8, abi::kRegisterOutput, "void*") +
           argument("input_words", 2, kScalar, "S_AXI_CONTROL", 4, abi::kRegisterInputWords,
                    "uint") +
           argument("output_words", 3, kScalar, "S_AXI_CONTROL", 4, abi::kRegisterOutputWords,
                    "uint") +
           "<instance name=\"" + name + "_1\"><addrRemap base=\"" + hex(kRegisterFileBase) +
           "\" port=\"S_AXI_CONTROL\"/></instance></kernel></core></device></platform></project>\n";
}

/// Header, section headers, then the sections, each on an 8-byte boundary.
std::vector<char> assemble(std::span<const Section> sections) {
    const auto aligned = [](size_t bytes) { return (bytes + 7) / 8 * 8; };
    // axlf ends with the first section header.
    size_t position =
        aligned(offsetof(axlf, m_sections) + sections.size() * sizeof(axlf_section_header));
    size_t total = position;
    for (const Section& section : sections)
        total += aligned(section.bytes.size());

    axlf head{};
    std::memcpy(head.m_magic, "xclbin2", 8);
    head.m_signature_length = -1;
    std::memset(head.reserved, 0xff, sizeof head.reserved);
    std::memset(head.m_keyBlock, 0xff, sizeof head.m_keyBlock);
    head.m_uniqueId = abi::kVersion;
    head.m_header.m_length = total;
    head.m_header.m_timeStamp = 1;
    head.m_header.m_featureRomTimeStamp = 1;
    head.m_header.m_versionMajor = 2;
    head.m_header.m_versionMinor = 13;
    head.m_header.m_mode = XCLBIN_FLAT;
    put_text(head.m_header.m_platformVBNV, kEmulationPlatform);
    std::memcpy(head.m_header.uuid, "switchyard-emu-1", 16);
    head.m_header.m_numSections = static_cast<uint32_t>(sections.size());

    std::vector<char> image(total, 0);
    std::memcpy(image.data(), &head, offsetof(axlf, m_sections));
    for (size_t s = 0; s < sections.size(); ++s) {
        axlf_section_header header{};
        header.m_sectionKind = sections[s].kind;
        std::strncpy(header.m_sectionName, sections[s].name, sizeof header.m_sectionName - 1);
        header.m_sectionOffset = position;
        header.m_sectionSize = sections[s].bytes.size();
        std::memcpy(image.data() + offsetof(axlf, m_sections) + s * sizeof header, &header,
                    sizeof header);
        std::memcpy(image.data() + position, sections[s].bytes.data(), sections[s].bytes.size());
        position += aligned(sections[s].bytes.size());
    }
    return image;
}

}  // namespace

std::vector<char> make_emulation_xclbin() {
    const Section sections[] = {
        {BITSTREAM, "bitstream", std::string(16, '\0')},
        {EMBEDDED_METADATA, "metadata", kernel_metadata()},
        {MEM_TOPOLOGY, "mem_topology", memory_topology()},
        {IP_LAYOUT, "ip_layout", compute_units()},
        {CONNECTIVITY, "connectivity", connections()},
    };
    return assemble(sections);
}

}  // namespace switchyard::offload
