# The warning set, hardening and sanitizer flags, as one INTERFACE target that every target links.
add_library(graphaudit_flags INTERFACE)
target_compile_definitions(graphaudit_flags INTERFACE _GNU_SOURCE)
target_compile_options(graphaudit_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wcast-qual -Wpointer-arith -Wundef -Wvla
  -Wwrite-strings -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough -Wswitch-enum
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(graphaudit_flags INTERFACE -Wcast-align=strict -Wjump-misses-init
    -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wformat-overflow=2 -Wformat-truncation=1)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(graphaudit_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
    -fstack-protector-strong -fstack-clash-protection -fPIE)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(graphaudit_flags INTERFACE -fcf-protection)
  endif()
  target_link_options(graphaudit_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()

set(GRAPHAUDIT_SANITIZE "" CACHE STRING "sanitizers, for example address,undefined")
if(GRAPHAUDIT_SANITIZE)
  target_compile_options(graphaudit_flags INTERFACE -fsanitize=${GRAPHAUDIT_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(graphaudit_flags INTERFACE -fsanitize=${GRAPHAUDIT_SANITIZE})
endif()
