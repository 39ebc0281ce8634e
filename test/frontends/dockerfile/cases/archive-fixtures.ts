/**
 * Small archives as other programs make them, each packed with gzip unless its name says otherwise, in base64. Those of GNU
 * tar, bsdtar and Python hold one folder with a file, a hardlink and a symlink to it, an executable, a name of 160 letters
 * and one that is not ASCII; Go's has a set-user-ID file and a device besides.
 */
export const archiveFixtures: Readonly<Record<ArchiveFixture, Uint8Array>> = {
  /** GNU tar 1.35. */
  gnu: decode(
    "H4sIAAAAAAACA+2YTW6DMBCFve4pqLqPZ/yDtz0AlyAibVBdqCAcKufIxWpoN7AAdWG3Ke+TkI0YicXzezNyVXdSRIYCztppDbuvlen7" +
      "fUKwdsoZnvahxiktMisSMPSXsssy4T/W697L2ov/RxX0f6n9Kbb+uTEr+udz/ZlsziIj6B+d88n79kGAnTL6/1x21e/6f5H/rNgF/3OK" +
      "cEL+S183b9H7v3Pr+ltN7IzmsS7or3ORqX44ym5okP/xOMiDfC7a5rWIdwjm/qflSsrY2Vkg5pyMyIqU/b9r28ta3db3e/Z/kP8vP+jS" +
      "963/dv+38/6vDSvC/J+CUR+M//v2/zhmxb//oR/M/2RDGe5/Euofc8zevP9jtdCflXbI/xQ8Pcpj3cj+jCaw2/y/XeP+Y3v+08v8N07B" +
      "/ym4XWF8AAAAAAAAANgDn/ns+goAKAAA",
  ),
  /** GNU tar --format=oldgnu. */
  oldGnu: decode(
    "H4sIAAAAAAACA+2YTW6DMBCFve4pXHUfe/yDtzkAlyAiLaguVBAOlXPkYjW0G1hAu7DblPdJyEaMxOL5vRm5rDvBIiMDztppDbvPleTX" +
      "+wQj7ZQzNO1DjVOaccsSMPSXouOc+ff1urei9uz/UQb9n2t/jq1/ZsyK/tlcf5I2I8Yl9I9Odfa+fWBgp4z+r4qu/F3/L/KfFLngf0oR" +
      "Tsh/4evmNXr/d25df6slOaNprAv664xx1Q8n0Q0N8j8eB3EQx7xtXvJ4h2Duf7lcpTJ2dhYkUSYN43nK/t+17WWtbuv7Pfs/yP+XH3Tp" +
      "u9b/G/3fzvu/1s5i/k/CqBHG/337fxyz4t//yB/M/9KGMtz/JNQ/5pi9ef9HaqE/Ke2Q/yl4ehSnuhF9hSaw2/y/XeP+Y3v+08v8N07B" +
      "/ym4XWF8AAAAAAAAANgDH15fkQ0AKAAA",
  ),
  /** GNU tar --format=pax. */
  gnuPax: decode(
    "H4sIAAAAAAACA+2bTW7iQBBGveYUHmWPu/qv7EX2s5wrOMEzWDEkskHKlXKOXGzaEM0YE0OI6CbE35MsSxgEqPW+6irMNPmVP/8s8llR" +
      "N8msrCMPCIfVenN29M9CsI5IsWRN28dJMFMUP0cBWDervHYfJRonSsT5qlwUt8SZsUyWs2mWsTUksmzirt7vX1VvVyNw9TjlE9/vsVHc" +
      "mDffeXumjv/Ovl3/SUoVxSak/9XT4ect8rI69iW74XZF69+pAL/LqvgC+U/GKOT/RfI/FdN2RVIhyQzkPyP/v1X+e5F+0P/38t/2/JfC" +
      "uv2fCOn/SPN/XlTVI0wetf+d+j/P69nXqP8S9R/1H4Tw34v0J9X/fv+ndDv/oRCbE/R/3fyvyuVD8PwnJSMyShBrRcxt/luB/A+V/4u9" +
      "hOdtwqeTT0wH/70W2Xot/nuRvuc/Mx/O/x3/lVY2imWzvkvq9RL9X7j8f1z+OftxLP+V2+zv1H8lrbbI/xA45+KnfDW/3QSBj9U/4zEZ" +
      "6FZSa4VFt/Lp/Pe8bMf3/6bnv9FSYP4Xgo1W0ADzv239dzsu3/3/h+Z/WhrU/wvO/9JMGEOoqKPwv22zvPd/Rpww/5Pt03D/R8D179SA" +
      "s3fcp+e/lAr3/10y/zOhtWTk/2jy3+eY7ej9fyT7/hvF6P9CcPMjuSuXSTOHzej/muT1xZP/B3//I7XX/1nU/yCQ+T/+fX0ZGrBmktLB" +
      "vwNgO3Dl/nuRftD/9/q/Pf+ZJep/CJzzkAAAAAAAAAAAAAAAAAAAAOAb8Rer5UTXAFAAAA==",
  ),
  /** GNU tar --format=ustar, which cannot hold the longest name. */
  gnuUstar: decode(
    "H4sIAAAAAAACA+3XTQ6CMBAF4K49BcYDtNMf5jwYNDRWNCCH8hxezIKuWGBctEZ936Yl6aLwMmVa+06KxFTEzk1jnD1GUs/niSDDmi1N" +
      "c0WktRGFExkM/aXq4lbCeXndsfLh1UtOm3+OX6KO+e992KXOv7R2If9ylr9WJYlCIf/kml0Ip5WAPzXWf1N19Wfrf37+G8ux/inH4YTz" +
      "XwbfHpL//5mX83dGEVtD47qYvylFofthK7uhxfmfNv/xM6fv/9Qb9a/HZej/Muafssxe9v+k5/k7w+j/ctis5da3sm/QA/5t/3e7pr//" +
      "L/d/Zn7/Z9ao/xxuVxQ+AAAAAAAAAAAAwC+6A8wQCUYAKAAA",
  ),
  /** GNU tar --format=v7, without owners' names and the longest file name. */
  v7: decode(
    "H4sIAAAAAAACA+3XQQqDMBAF0Kx7CksPkBmTOOepxGKoWFC8f6OVQlvqLhbrf5sh0Y18ZhJ96PQlNJVKiKLC2qkSyaMyzevpqWIjuVge" +
      "F3FfTGFUprZk/pJn3Yi6aprbQcFO+dj//VDq1K0hjhb6nz76X1hlDv2/Wv7d0CbO333Pn/PX/GOxjPm/htNRl6HVfY0zYLfzvwntNfn8" +
      "F1me/84QizU8vsdMOaksTz2Y0P9T/vW587+9/7+d/zF/F+//7Ff4Odl5/gAAAAAAAAAAAAAAAPBf7siS+soAKAAA",
  ),
  /** bsdtar 3.7. */
  bsd: decode(
    "H4sIAAAAAAACA+2azW7qMBCFs+5TpOq+mbE9nmTRfZd9hbSkl+gGWgWQ+kp9jr5YbfqDCJSQCocG5kgoBAcRMN85/pm7/OW2yEdFnYzK" +
      "OgojAGCi2B/ds48jwuf58jUTo2bFBv1ZDKgRdBS/RD1oMZvntbuV6nn3dZO8rFq+pL/37+NApCF+mJeT4gY5I8toObvOMm0JIcsuXGu+" +
      "2cqfrZFo8HLUJ6E/o5V/x8s6/6g8/yT899L/d98Z8FhWRZD+t8Z08X8DyOL/x/N//sn/U7j2/ZWCQhL/PxH/D0N9B/7BNvhXYDCKQfgP" +
      "rnFRVU9C8tlqlf3V0/RfgMce/GtS6/xr0gwDz/9w0+mDCt3Y6zmfj298EAT6CxzscfGr0UpqLVgZrWxX+G7bJ/+pyb8lM/D8Hwj/S6wE" +
      "g7Me/6/GAG+vxxj/I+rm+i8rkvl/L/lPq/h/e/1dwGYKU1kOHi7/YajvMv9v8o9MSub/fcgxLxBI/n+tAZTT/0H4Z+Yd+a/d/J80uLmo" +
      "RnehX/8nyf9etDXw+SPw05b9X9c6+fm9wtZQ+A9D/f78L/d/1/jXBm0Uq9niPqkXU+G/L/93P3ig/ifoVP9jrez/Hs//W1dUM5fPKA5/" +
      "Iv7vbTa0/+/kf7P+hz3/Uv/Tt/+P83p0hPn/tvofK/7/Z/1f6n9Oyv/DUN+B/w3/14YwirGP4iTx/2X+rzLg8BOu7vX/hgDE//+s/2dg" +
      "jGLx/xMa/4dcZmnlH1Wz/pN8/bfs/4TX1WVyX06T2VhoFolEorPSO6Esmt0APAAA",
  ),
  /** Python's tarfile, PAX. */
  python: decode(
    "H4sIAAAAAAACA+2azWrCQBSFZ+1TpHSfzJ2/WxfSLrvsK0RMm9AYS1TwlfocfbHGP8RIlS5mUjrnE4mIEDCe72Suk2Zp9vSSb56LfFa0" +
      "wgtyz09HKZU7vd6+T1KRFslGBGC9XOVtd3oRJ0ol81U1Lybkjt9/KkcCRMKsajPf59j+qNjaQ8Z5fyR5lnnSrNjQwQvOOiMSi/x7J4X/" +
      "4X/4P2r/v1Z14dv/zpgr/nc9/7NRSiQS+fdOWdT1AnmPFvQ/+h/9H3f/l3k7G7b/e+s/Iqm7/qcQNydY/w3vf20u/a/g/yD+fzj6n8fW" +
      "MTkep2NmZ4nQApH4v66ad9/+Z+br/rdaEhut9vln1+VfLdfTrF03yP//9r+W8P9QdJlLPvJVOdmJYNG8/eXnCKsVL/73fNlu3//b8/t/" +
      "rdgR5n8h2MUKMYgWzP8w/0Ojxt3/22WW9/Wflb/Y/8G6+zj2f8D/uP7wPwjgf59jtpv7/0j1/v/pHhLrvxDc32XTqsmWJTKP/h+q/429" +
      "7H+D/g8B2dP49+sTA9YY+//R8zluz391f/+/sw79H4Iu8wgBAAAAAAAAAAAAAAAAAADAP+Ibmjux7ABQAAA=",
  ),
  /** Go's archive/tar. */
  go: decode(
    "H4sIAAAAAAACA+2XTQ6CMBCFZ+0pegI605Z25d6lVyBSlYiY8JNwfAtooixMSKyx2m8zJWxKH2/mNS9qDp5Bh0nTsbrVVAlvzyNA0gij" +
      "aFy7dygUsBQ+QNe0We228o6PHDd/q4GQO/23Wb+xWW7rJkG+L0rrQf/Ho5lVRKmf/gUk0gqB9SHpHygS2bktznZN+n7+yVRIyBVEfpzB" +
      "/x4sP/e/et3/5bz/a62BYUj+D7T/Hy7R5P/u/2NW577zn1ZqQf4Twghg9InmFPMfL4vq5D3/G7NEfxryn+C23fEk4X3U36f+VVd6v/8N" +
      "A33B/S9Vbv7L8OY/wT3QRCKRyJdzBZ2t70AAFAAA",
  ),
  /** git archive: a global PAX header first. */
  git: decode(
    "H4sIAAAAAAACA+3UzU6EMBQF4K59CtO1wf7TTuKzTC5DxdGBEkBDYnx3q0uS0Y1gRs+3KVCSpjk5t6d535xSRaf9Q6Q6Duznicw597lm" +
      "yzVvGiatFrI0Wgmdv0tjpWAN28DzONGQjxxSmr7677v95eUuhFXXh9S2sZvuQq3J30tyygfljalCCD4EJU1FVPqciRKVC/6KwZ/R365/" +
      "xkcfytKe739+XvRfaqmZRf83yP/Y1XEuHsd183d5xp/PXy3zV6XN+8h/dTOm+T+f/z0dnqiJeQKk7pf6r92y/9oJ9H8Lr7yjNvIdJ37D" +
      "X+IwHlOX32QhCsHf0A8AAAAAAAAAAAAAAACAS/IODxqjmgAoAAA=",
  ),
  /** npm pack. */
  npm: decode(
    "H4sIAAAAAAAC/+3TsQrCMBDG8Zt9inCzxC82idC3CRqkFdPSWCmI7+5gcRBHDaj3Wz647YZ/H7aHsI+rJu3ipNtMHwDAW6te3e/Wiirn" +
      "YYz3sIpgsDFOEaiAMZ/CQMAbngSgHvslpgWJP9bP/c+r29yl0v1X/rl/46z0X8SFUzhGrjnwks9xyE2XuGajocFX6UMIIX7VDcOyDgsA" +
      "DAAA",
  ),
  /** GNU tar -S --format=pax: a file of 200,000 bytes, nearly all holes. */
  sparse: decode(
    "H4sIAAAAAAACA+3UwWqDMBzH8ZzzFD5BmkRN2oPXbqcxGHuAsAbm0Laog7KnX6ordB66Syls+34ukb8RYv75RS0ew+E+hk3s+sXrrom9" +
      "uDqduKIYx2Q+amtLYXJvfWGmujG5zUV2EDfw3g+hS0sR/5O12d3Ds+r3oeujasPbrquMnFXrbapqacvz6ja0sRpPjMz1+YsuhqavP2Jl" +
      "x+5Kq7Mw1GmycaeOH794mWp+VTpvvPbKL40rrfZOCtyKWqTOPY2NW9dNVLlJObzyRfA9/34azSn/9hj6Wf4Lb43I9C3z3+wvz2tD3fz0" +
      "k+eX2y+RSy0LvXJy6bRx0+NXbjU5/PuOp39gGwAAAAAAAAAAAAAAuKq23rAJAAAAAAAAAAAAAAAAAADgok+5qQUCAFAAAA==",
  ),
  /** The same with --sparse-version=0.1. */
  sparse01: decode(
    "H4sIAAAAAAACA+3U32qDMBiH4Rx7FV5A0fzRpB54uu1oDMYuIGsDk+pamhbKrn5WGcyObSdSGHufk0/8aTAmX7L8wZ/ugl+Hfcxftm2I" +
      "YnayZ4tiqL3LKrW1QhmnXaHG+0oZI0V6EldwjAe/7z9F/E/aprf3T1nc+X0MWWzeQq2HRUmmyeuxe263q02sTaLLSeK7UA87JykmQed3" +
      "tVwUsrKLpZXKjpfj6AuZGJn6Q9O/q1xVWqecdJlbVrbU0rlzuvqaqiG1icBMsrxfscdhwW6aNmRGOb2c+SCY9r8bq/ro/2FDXPR/4bQS" +
      "qbxm/7e7n5/rfNP+NsnPh9sfcZ79gTYAAAAAAAAAAAAAAGBWXbPmJwAAAAAAAAAAAAAAAAAAAOBb73yNydYAUAAA",
  ),
  /** The same by bsdtar. */
  sparseBsd: decode(
    "H4sIAAAAAAACA+3UvU7DMBSG4cy+Cl9BOP4hgSErMCEkxAVYqqUGJW3lFKni6onTClUdykIqKt5nObaTwTn2l5ewe4phEdPNct3FoZiD" +
      "iFTe61xF6n01cpjnsXfauNrW3uSpFuO8M4XeFRfwMWxDGrfSbc6/14e2++Ej896/65WwVj8+v5XDJqQhln14X6fGqJPVdjWuirK3x6ur" +
      "0MdmujTKyfGDFEM3tJ+xsVMrVIG/azy31+nYHtouljLLX+B8/m0O/Un+vbVSaCH/s3NKlJf7St1VYqr98JBbkvsP5Nu/pQ0AAAAAAAAA" +
      "AAAAAPyqvl3QBAAX8QVyk0N+ACwAAA==",
  ),
  /** The same in GNU tar's own format, which BuildKit does not read. */
  sparseGnu: decode(
    "H4sIAAAAAAACA+3QUQ6CMAyA4R5lR+jmWA/iCUg0kWQEInh/BRZ50PDkfPq/h7Vr1jTrbcjXSerSlxTjGlVti17LPSyH+JMFi37N1Vs0" +
      "FXeWP3hMc3t3TvJ4/K5vu1xtO0XJ/Z6H5ns9aWre9a33eEBp+LD8fhYAAAAAAAAAAAAAAPBLfXdhCQCA6p6nnLKjACgAAA==",
  ),
  /** The first one, bzip2 -9. */
  bzip2: decode(
    "QlpoOTFBWSZTWWTgilwAAZH/lP+QAFBoAf+AQAQKdHfv3gAAIAgAiMgwAVtNrAyIo9TxTQAMjQANAADQZEAoAAAD1AAAACKSmTEmhk0Z" +
      "qAAPU02gEbROW7YBbrz58s16if9nr8SH11hhgKQ05WQMdIIFCUBBM8jMqzzumgAqKUgrEvBgDUAkRieoWCRoLRFCF8Q80IFZAsatuLsm" +
      "QvobkJIfHAr2T2FkhvHhJqDoXHjzAXkVYXTitNEW6pZAQlSV5jFk20ATktIoVQ608AKrIW31AEShSWVeEkHxchKsIgTJKZD3SERCUHSU" +
      "LJrX0SGu3gCAfFXEwJa4tVzJo3ubQQPIA3EDT7NbHr0Sfl7pSlPIRgNQgHGV/gBcWbKt4lRxEq3z9vNAqTQrFYFwGYp2iAQUhhgVayYk" +
      "BiQnEim7A1IQelJkBwHGuNEJyKerCK/4u5IpwoSDJwRS4A==",
  ),
  /** xz -9: CRC-64. */
  xz: decode(
    "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/ATZdADIaSqciBJSzSsi80gBMbvYKzvqmf6Qeg44BrvDUeAUU5Jcei6YsWT1DiezxF6x3" +
      "MRHx7C2YIgt1kMabkq5o2CJ18os3qmhtZccQN0i+DpITosC4GCqBMp/vcY12r4Lf/9j/Qxh6c6e47UUPxvUx72YxH8RxYum/QElKrkrA" +
      "DkdnwUqW/gpIDhdyVxnG5FgEBx9WPkUSjyUupJiGQL4C3pn1EJsTGgI9ebFfA3BrgpZBr6iKxA00n15bsT1MJmjo5UCIWmA9eXV5NXyK" +
      "M6a1cJ3PV4KKL7iJ23n/zxSNQzxyhkANUaJuA+eVibbzNL3Ey0aCSQ7pZRxyK0fECSiS+0GNzVEYEHDn9aN3Y11NrfbEhcB9Zfru6rwg" +
      "Bo+9vUu4K33O8DkBHD+2vxkGRoHtr/7+iNTyYgAAAADAWbW5Ilq7gAAB0gKAUAAAEqKGZ7HEZ/sCAAAAAARZWg==",
  ),
  /** xz in blocks of 4 KiB. */
  xzBlocks: decode(
    "/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4A//ANhdADIaSqciBJSzSsi80gBMbvYKzvqmf6Qeg44BrvDUeAUU5Jcei6YsWT1DiezxF6x3" +
      "MRHx7C2YIgt1kMabkq5o2CJ18os3qmhtZccQN0i+DpITosC4GCqBMp/vcY12r4Lf/9j/Qxh6c6e47UUPxvUx72YxH8RxYum/QElKrkrA" +
      "DkdnwUqW/gpIDhdyVxnG5FgEBx9WPkUSjyUupJiGQL4C3pn1EJsTGgI9ebFfA3BrgpZBr6iKxA00n15bsT1MJmjo5UCIWmA9eXV5NXyK" +
      "M6a1cJ3PV4KKLjbuAADxLvtwkkOYWwppbmQ+sIPbUrxa/zEb/KDmSUbdh8rDYgIAIQEWAAAAdC/lo+AP/wCWXQA2G8oYmkHWTawClsPW" +
      "+97l0SK86agf4E38pDp33QDbe8wLhbZ/bbGRcBMo79okVhY8FiXqfQTIaN3ilqmYT0u1KXo5XNBihVnpLtPdwpI44I7TtoOsovpOjbRa" +
      "k5qtOgGZwGEOYs/tlp0wFjfvRn64Nu6j5kbuGA1bNyor8j4WPGSAUyV3GL1Ir8Ss7UyANsS29MySfQAAAABj7aHhdvAv+Mn6XUQ9auVh" +
      "bhw9GuLOmxIoIVtdjv4h5AIAIQEWAAAAdC/lo+AH/wARXQAAb/3//6O3/0c+SBVwlKlgAAAAAADloAqpmRrIpe4xCYRNhKVVg70gVyrT" +
      "/81CeS88NrGDrQADjAKAIMoBgCBFgBAAAAAgQE2IqwqGygQAAAAAClla",
  ),
  /** zstd -19, with a checksum. */
  zstd: decode(
    "KLUv/QRoJQkAkgsjHLC5AcwJw6AaRotwT0ojqmYpKG1umTK4Og1CLgVU1e+2qVIVEzEJDxYI35qbf33Xf5tdc13klOaEiqVuH7vr3UbC" +
      "YpGzINjABjlB7JiiXvoaN6/+c3PP2/y/kTDycy8CGYwCM8aE2aX8fPk595IIFY3QcPSJuhZkSNGkvrT1/y6772+sy7/q/qsMgkg6oIGt" +
      "UlaFTTJsBwBJJihp9AT0Ux/o+Yf62ABV6b7nryw9gqsZgzphFw9Qpmrbzs8GpOow92a1rPUWvgClNqprjQ2QmsoGIM4wIKbCwque2Smr" +
      "AzQ6the6pARwv14vooipeha1WMQHQGYzVqxWAuWbgHbdTwb4VdirIjCqyS9U2xjA6ifq3P0DmeiLyTHkUVcAyJOJAkCuPsY=",
  ),
  /** Two bzip2 streams one behind the other. */
  twoStreams: decode(
    "QlpoOTFBWSZTWQBUnbgAARz/hP2QAFBAAf+AQAQI5Hfv3gAAAIDIMAEMtYJJTKPTU0yGgA0AMjQANImnohMJgJgg0aYmmmIIlJpJ+imQ" +
      "GagAABoepp5tFXZz50vd+tfqMxtipmIFmQoARBDIA0yNVtq7aDDVopdMi4rAs9GihQtL5etVetYpQU26rlqv2tFz1/NfAg0mgwTx08g3" +
      "IAxN/1PSWNQCWVqYEYux7xZkPTMTyilkdGh6l4sh12aMsAkJAMgxDwC2Bh3mxxKXFKN4Bu8EsNoWQdINGFJuuyzU9XpL0Lcl5+Gjvsn+" +
      "yeG/dCOErEANc9i+HaHgDeP4C22/LGCpWKzYOY6/gQDAsGmCrsKlB4VvAls8cFnZY3IY7sp7xxU/xdyRThQkABUnbgBCWmg5MUFZJlNZ" +
      "w2ojRwAAA/uU85AAEGgA/4ACEHRnXgAAIAgAiAggAJIJVMFPTQRpgATCZkCSRTymmgaZDygaeiGJpQp+sK6ETcwJqkJQGEKfNiUoECUX" +
      "jwuGSBwm973GoxHEs50uiays8DAkxfftAfM5ETFbCtIgyqUNWfo7VR25jUjhcR/Oh+6e4dGDyBIPJFcjRJKLEOGozgdjN/REHgu5Ipwo" +
      "SGG1EaOA",
  ),
};

export type ArchiveFixture =
  | "gnu"
  | "oldGnu"
  | "gnuPax"
  | "gnuUstar"
  | "v7"
  | "bsd"
  | "python"
  | "go"
  | "git"
  | "npm"
  | "sparse"
  | "sparse01"
  | "sparseBsd"
  | "sparseGnu"
  | "bzip2"
  | "xz"
  | "xzBlocks"
  | "zstd"
  | "twoStreams";

function decode(base64: string): Uint8Array {
  return Buffer.from(base64, "base64");
}
