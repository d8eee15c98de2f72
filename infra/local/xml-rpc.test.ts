import { describe, expect, it } from 'vitest'
import { answerOf, callOf } from './xml-rpc.ts'

const answer = (value: string): string =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n${value}\n</param>\n</params>\n</methodResponse>`

describe('XML-RPC', () => {
  it('writes a call with its strings escaped', () => {
    expect(callOf('supervisor.startProcess', ['a<b&c', false])).toBe(
      '<?xml version="1.0"?><methodCall><methodName>supervisor.startProcess</methodName><params>'
        + '<param><value><string>a&#60;b&#38;c</string></value></param><param><value><boolean>0</boolean></value></param></params></methodCall>',
    )
  })

  it('reads a list of records as supervisor writes it', () => {
    const member = (name: string, value: string): string => `<member>\n<name>${name}</name>\n<value>${value}</value>\n</member>`
    const xml = answer(`<value><array><data>
<value><struct>
${member('name', '<string>kafka</string>')}
${member('pid', '<int>17</int>')}
${member('spawnerr', '<string></string>')}
${member('tags', '<array><data><value><string>x &amp; y</string></value></data></array>')}
</struct></value>
<value><struct>
${member('name', '<string>redis</string>')}
</struct></value>
</data></array></value>`)
    expect(answerOf(xml)).toEqual([{ name: 'kafka', pid: 17, spawnerr: '', tags: ['x & y'] }, { name: 'redis' }])
  })

  it('reads single values', () => {
    expect(answerOf(answer('<value><boolean>1</boolean></value>'))).toBe(true)
    expect(answerOf(answer('<value>plain</value>'))).toBe('plain')
    expect(answerOf(answer('<value><int>-3</int></value>'))).toBe(-3)
  })

  it('throws what a fault says', () => {
    const fault = `<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>60</int></value></member>
<member><name>faultString</name><value><string>ALREADY_STARTED: kafka</string></value></member></struct></value></fault></methodResponse>`
    expect(() => answerOf(fault)).toThrow('ALREADY_STARTED: kafka')
  })

  it('refuses what is no answer', () => {
    expect(() => answerOf('<html>nothing here</html>')).toThrow('no value in')
  })
})
