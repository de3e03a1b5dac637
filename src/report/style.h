/* style.h - style.css, put into the library by the build. */
#ifndef DPDM_REPORT_STYLE_H
#define DPDM_REPORT_STYLE_H

#include <stddef.h>

extern const unsigned char dpdm_report_style[];
extern const size_t dpdm_report_style_size;

#endif
