/* `bcryptprimitives.dll` as far as Rust's std needs it. Wine 8 has none, and without it programs end
   with status 53 and no word. */
#include <windows.h>

/* What `RtlGenRandom` is called in `advapi32.dll`. */
BOOLEAN NTAPI SystemFunction036(PVOID data, ULONG len);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T len)
{
    while (len > 0) {
        ULONG part = len > 0x10000000 ? 0x10000000 : (ULONG)len;
        if (!SystemFunction036(data, part))
            return FALSE;
        data += part;
        len -= part;
    }
    return TRUE;
}
