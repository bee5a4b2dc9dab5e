/** Lines that would like to be more than text. */
export const HOSTILE = Array.from({ length: 120 }, (_, i) => ({
  service: 'evil<b>bold</b>',
  message: `<img src=x onerror="window.hacked=1"> <script>window.hacked=2</script> [link](javascript:window.hacked=3) \${window.hacked=4} {{7*7}} try ${i}`,
}));
