# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: the shared library with its C header, and for C++ an archive of everything in host/
# with the headers that the entries below need. Packages for CMake and pkg-config find both.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The C++ interface: these headers, and whatever they include.
set(SWITCHYARD_PUBLIC_HEADERS
    host/building/builder.hpp host/building/payload_builder.hpp host/chain/block.hpp host/chain/sender.hpp host/core/hex.hpp
    host/embedded/embedded_chain.hpp host/execute/block_validation.hpp host/execute/parallel/parallel_executor.hpp
    host/ingest/memory_source.hpp host/ingest/merged_source.hpp host/ingest/submission_queue.hpp
    host/node/building/chain_parent.hpp host/node/building/pool_follower.hpp host/node/chain/ancestor_hashes.hpp
    host/node/chain/chain.hpp host/node/engine/engine.hpp host/node/eth/backend.hpp host/node/genesis/development.hpp
    host/node/http/server.hpp host/node/rpc/dispatcher.hpp host/node/submit/raw_transactions.hpp
    host/node/subscribe/methods.hpp host/node/switchyard/backend.hpp host/offload/conflict_detector.hpp host/pool/refusal_text.hpp
    host/road/block_importer.hpp host/road/road.hpp host/state/memory_state.hpp host/state/trie/state_trie.hpp
    simd/cpu_targets.hpp)

# switchyard_header_closure(VARIABLE header...): these, and what they include in quotes.
function(switchyard_header_closure variable)
    set(pending ${ARGN})
    set(closure "")
    while(pending)
        list(POP_FRONT pending header)
        if(header IN_LIST closure)
            continue()
        endif()
        list(APPEND closure ${header})
        file(STRINGS "${PROJECT_SOURCE_DIR}/${header}" lines REGEX "^#include \"")
        foreach(line IN LISTS lines)
            string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" included "${line}")
            list(APPEND pending ${included})
        endforeach()
    endwhile()
    list(SORT closure)
    set(${variable} ${closure} PARENT_SCOPE)
endfunction()

# switchyard_link_closure(LIBRARIES PACKAGES target...): our static libraries behind these targets, and the packages.
function(switchyard_link_closure libraries packages)
    set(pending ${ARGN})
    set(seen "")
    set(found_libraries "")
    set(found_packages "")
    while(pending)
        list(POP_FRONT pending target)
        if(target IN_LIST seen OR NOT TARGET ${target})
            continue()
        endif()
        list(APPEND seen ${target})
        if(target MATCHES "^switchyard_pkg::")
            list(APPEND found_packages ${target})
            continue()
        endif()
        get_target_property(real ${target} ALIASED_TARGET)
        if(real)
            list(APPEND pending ${real})
            continue()
        endif()
        get_target_property(type ${target} TYPE)
        if(type STREQUAL "STATIC_LIBRARY")
            list(APPEND found_libraries ${target})
        endif()
        foreach(property IN ITEMS LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
            get_target_property(linked ${target} ${property})
            if(linked)
                list(APPEND pending ${linked})
            endif()
        endforeach()
    endwhile()
    set(${libraries} ${found_libraries} PARENT_SCOPE)
    set(${packages} ${found_packages} PARENT_SCOPE)
endfunction()

switchyard_link_closure(libraries packages switchyard_c switchyard_node_engine switchyard_node_eth switchyard_node_http
    switchyard_node_submit switchyard_node_subscribe switchyard_node_switchyard switchyard_building switchyard_road)
set(objects "")
foreach(library IN LISTS libraries)
    list(APPEND objects "$<TARGET_OBJECTS:${library}>")
endforeach()
add_library(switchyard_archive STATIC ${objects})
set_target_properties(switchyard_archive PROPERTIES OUTPUT_NAME switchyard)

# pkg-config's names of what the archive has to be linked with.
set(modules sqlite3 libcrypto gmp simdjson libisal libhwy)
set(known switchyard_pkg::sqlite switchyard_pkg::crypto switchyard_pkg::gmp switchyard_pkg::simdjson switchyard_pkg::isal
    switchyard_pkg::hwy switchyard_pkg::xrt)
foreach(package IN LISTS packages)
    if(NOT package IN_LIST known)
        message(FATAL_ERROR "host/c/install.cmake: libswitchyard links ${package}, which its packages do not name")
    endif()
endforeach()
list(JOIN modules " " SWITCHYARD_MODULES)
set(SWITCHYARD_PLAIN_LIBRARIES "-pthread")
if(SWITCHYARD_HAVE_XRT)
    string(APPEND SWITCHYARD_PLAIN_LIBRARIES " -lxrt_coreutil -luuid -ldl")
endif()

set(library_folder "${CMAKE_INSTALL_LIBDIR}")
set(package_folder "${library_folder}/cmake/Switchyard")
install(TARGETS switchyard_shared EXPORT SwitchyardTargets
    LIBRARY DESTINATION "${library_folder}" COMPONENT library NAMELINK_COMPONENT development)
install(TARGETS switchyard_archive ARCHIVE DESTINATION "${library_folder}" COMPONENT development)
install(FILES switchyard.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/switchyard" COMPONENT development)
switchyard_header_closure(headers ${SWITCHYARD_PUBLIC_HEADERS})
foreach(header IN LISTS headers)
    cmake_path(GET header PARENT_PATH folder)
    install(FILES "${PROJECT_SOURCE_DIR}/${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/switchyard/${folder}"
        COMPONENT development)
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT library)

# Paths in the packages are relative to where they stand, so that a prefix may be moved.
install(EXPORT SwitchyardTargets NAMESPACE Switchyard:: DESTINATION "${package_folder}" COMPONENT development)
configure_package_config_file(package/SwitchyardConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/SwitchyardConfig.cmake"
    INSTALL_DESTINATION "${package_folder}" PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/SwitchyardConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/SwitchyardConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/SwitchyardConfigVersion.cmake"
    DESTINATION "${package_folder}" COMPONENT development)
file(RELATIVE_PATH SWITCHYARD_PREFIX "/prefix/${library_folder}/pkgconfig" "/prefix")
foreach(name IN ITEMS switchyard switchyard-cpp)
    configure_file(package/${name}.pc.in "${CMAKE_CURRENT_BINARY_DIR}/${name}.pc" @ONLY)
    install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${name}.pc" DESTINATION "${library_folder}/pkgconfig" COMPONENT development)
endforeach()
