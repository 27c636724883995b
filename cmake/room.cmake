# One target a folder: every .cc that stands in a room belongs to it, so no file can be dead.

find_program(CCACHE ccache)
if(CCACHE)
  # What it asks for before it caches what uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# What every target of the tree is compiled with.
add_library(rhumb_flags INTERFACE)
target_include_directories(rhumb_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(rhumb_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # These cry wolf in g++ 12's own <string> and <optional> once inlined (its bugs 105651 and 80635); clang, its
  # analyzer and the sanitizers judge the same code.
  target_compile_options(rhumb_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow
                                               -Wno-stringop-overread -Wno-array-bounds)
endif()
if(RHUMB_SANITIZE)
  target_compile_options(rhumb_flags INTERFACE -fsanitize=${RHUMB_SANITIZE} -fno-sanitize-recover=all
                                               -fno-omit-frame-pointer)
  target_link_options(rhumb_flags INTERFACE -fsanitize=${RHUMB_SANITIZE})
endif()
if(RHUMB_FUZZ)
  target_compile_options(rhumb_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# rhumb_door(NAME pkg-config-name): a library from Debian as the target door_NAME, its headers as
# system headers so that our warnings do not judge them.
function(rhumb_door name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(door_${name} INTERFACE)
  target_link_libraries(door_${name} INTERFACE PkgConfig::${name})
endfunction()

# rhumb_unity(TARGET COUNT): where all of the tree is to be compiled, so many files are as one: what they include takes
# most of the time. g++ takes such a file for a header, whose types must not have members of types without linkage.
function(rhumb_unity target count)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${RHUMB_UNITY} UNITY_BUILD_BATCH_SIZE ${count})
  if(RHUMB_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# rhumb_room(NAME deps...): the library rhumb_NAME of all sources in this folder.
function(rhumb_room name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  add_library(rhumb_${name} STATIC ${sources})
  rhumb_unity(rhumb_${name} 20)
  target_link_libraries(rhumb_${name} PUBLIC rhumb_flags Threads::Threads ${ARGN})
endfunction()
